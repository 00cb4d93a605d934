using BenchmarkDotNet.Attributes;
using Troupe.Specs;
using Troupe.Specs.Shim;
using Troupe.Specs.Streams;

namespace Troupe.Benchmarks;

/// <summary>The small hot paths: per request, per line of output. <c>--only=micro</c> runs them with BenchmarkDotNet.</summary>
[MemoryDiagnoser]
public class MicroBenchmarks
{
    private static readonly byte[] Time = new byte[JsonLogFormat.TimeLength];
    private readonly string _reference = "registry.example.org:5000/team/app:1.2.3";
    private readonly byte[] _line = new byte[80];
    private readonly byte[] _record = new byte[JsonLogFormat.EncodedMax(80)];

    [GlobalSetup]
    public void Setup()
    {
        _line.AsSpan().Fill((byte)'x');
        JsonLogFormat.FormatTime(unixNs: 1_700_000_000_000_000_000, Time);
    }

    [Benchmark]
    public ImageReference Reference() => ImageReference.Parse(_reference);

    [Benchmark]
    public int LogRecord() => JsonLogFormat.Encode(_line, StdStream.Stdout, Time, _record);
}
