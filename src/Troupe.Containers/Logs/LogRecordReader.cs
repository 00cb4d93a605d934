using Troupe.Specs.Shim;
using Troupe.Specs.Streams;

namespace Troupe.Containers.Logs;

/// <summary>
/// Cuts the bytes of log files into records and chooses among them. Records of one read share one array, so that a line costs one
/// small object. A line that is torn or not a record is left out.
/// </summary>
internal sealed class LogRecordReader(LogOptions options)
{
    private const int BlockBytes = 48 * 1024; // an array of this size is no large object for the garbage collector
    private byte[] _buffer = new byte[BlockBytes];
    private int _length;
    private bool _skipping;

    /// <summary>A record later than <c>Until</c> was seen.</summary>
    public bool IsPastEnd { get; private set; }

    /// <summary>Where the next bytes go.</summary>
    public Memory<byte> Space()
    {
        if (_length == _buffer.Length)
        {
            if (_buffer.Length < ByteLimits.LogLineBytesMax)
            {
                Array.Resize(ref _buffer, ByteLimits.LogLineBytesMax);
            }
            else
            {
                _skipping = true; // no record is that long
                _length = 0;
            }
        }
        return _buffer.AsMemory(_length);
    }

    /// <summary>The records that end in the <paramref name="count"/> bytes just put into <see cref="Space"/>.</summary>
    public List<LogRecord> Take(int count, bool isNewFile)
    {
        var records = new List<LogRecord>();
        if (isNewFile && _length > 0)
        {
            // The former file ended in a torn line.
            _buffer.AsSpan(_length, count).CopyTo(_buffer);
            _length = 0;
        }
        if (isNewFile) _skipping = false;
        _length += count;
        var rest = _buffer.AsSpan(0, _length);
        byte[]? data = null;
        var used = 0;
        while (!IsPastEnd && rest.IndexOf((byte)'\n') is var end and >= 0)
        {
            var line = rest[..end];
            rest = rest[(end + 1)..];
            if (_skipping)
            {
                _skipping = false;
                continue;
            }
            data ??= new byte[line.Length + rest.Length + 1];
            if (!IsWanted(line)) continue;
            if (!JsonLogParser.TryParse(line, data.AsSpan(used), out var length, out var stream, out var time)) continue;
            if (stream == StdStream.Stdout ? !options.Stdout : !options.Stderr) continue;
            records.Add(new LogRecord(stream, time, data.AsMemory(used, length)));
            used += length;
        }
        rest.CopyTo(_buffer);
        _length = rest.Length;
        if (_length < BlockBytes && _buffer.Length > BlockBytes) Array.Resize(ref _buffer, BlockBytes);
        return records;
    }

    private bool IsWanted(ReadOnlySpan<byte> line)
    {
        if (options.Since is null && options.Until is null) return true;
        if (!JsonLogParser.TryParseTime(line, out var time)) return true; // decided by the whole parse
        if (time > options.Until)
        {
            IsPastEnd = true;
            return false;
        }
        return options.Since is null || time >= options.Since;
    }
}
