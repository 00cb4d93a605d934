using System.Text;
using System.Text.Json;
using Troupe.Specs.Shim;
using Troupe.Specs.Streams;

namespace Troupe.Specs.Tests.Shim;

public sealed class JsonLogFormatTests
{
    private const string Time = "2026-11-23T23:49:30.123456789Z";

    [Fact]
    public void Encode_when_the_line_is_plain_then_is_dockers_record() =>
        Assert.Equal(
            "{\"log\":\"hi \\\"x\\\" \\u0001\\t<\\n\",\"stream\":\"stderr\",\"time\":\"" + Time + "\"}\n",
            EncodeText("hi \"x\" \u0001\t<\n"u8, StdStream.Stderr));

    [Fact]
    public void Encode_when_bytes_are_not_utf8_then_they_are_lone_surrogates_and_come_back()
    {
        byte[] raw = [(byte)'a', 0xFF, 0xC3, (byte)'b', 0xE2, 0x82, .. "é€😀"u8];
        var line = EncodeText(raw, StdStream.Stdout);
        Assert.Contains("a\\udcff\\udcc3b\\udce2\\udc82é€😀\"", line, StringComparison.Ordinal);
        Assert.Equal(raw, Parse(line).Data);
    }

    [Fact]
    public void FormatTime_when_given_nanoseconds_then_keeps_all_nine_digits()
    {
        var text = new byte[JsonLogFormat.TimeLength];
        JsonLogFormat.FormatTime(1_795_477_770_123_456_789, text);
        Assert.Equal("2026-11-23T23:49:30.123456789Z", Encoding.ASCII.GetString(text));
    }

    [Theory]
    [InlineData("2026-11-23T23:49:30Z", 0)]
    [InlineData("2026-11-23T23:49:30.5Z", 5_000_000)]
    [InlineData("2026-11-23T23:49:30.123456789Z", 1_234_567)]
    [InlineData("2026-11-24T01:49:30.000000100+02:00", 1)]
    [InlineData("2026-11-23T18:19:30-05:30", 0)]
    public void TryParseTime_when_rfc3339_then_is_the_instant(string text, long ticks)
    {
        Assert.True(JsonLogFormat.TryParseTime(Encoding.ASCII.GetBytes(text), out var time));
        Assert.Equal(new DateTimeOffset(2026, 11, 23, 23, 49, 30, TimeSpan.Zero).AddTicks(ticks), time);
    }

    [Theory]
    [InlineData("2026-02-30T00:00:00Z")]
    [InlineData("2026-11-23T24:00:00Z")]
    [InlineData("2026-11-23T23:49:30")]
    [InlineData("2026-11-23T23:49:30.Z")]
    [InlineData("2026-11-23T23:49:30.1234567890Z")]
    [InlineData("2026-11-23T23:49:3+Z")]
    [InlineData("0000-11-23T23:49:30Z")]
    [InlineData("0001-01-01T00:00:00+23:00")]
    public void TryParseTime_when_not_rfc3339_then_is_refused(string text) =>
        Assert.False(JsonLogFormat.TryParseTime(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void Encode_and_parse_when_bytes_are_random_then_round_trip_and_json_agrees()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 5_000; round++)
        {
            var raw = RandomLine(random);
            var stream = random.Next(2) == 0 ? StdStream.Stdout : StdStream.Stderr;
            var line = EncodeBytes(raw, stream);
            var data = new byte[line.Length];
            Assert.True(JsonLogParser.TryParse(line, data, out var length, out var read, out var time), $"seed {seed}");
            Assert.True(raw.AsSpan().SequenceEqual(data.AsSpan(0, length)), $"seed {seed} round {round}");
            Assert.Equal(stream, read);
            Assert.Equal(1_234_567, time.Ticks % 10_000_000);
            using var json = JsonDocument.Parse(line); // any JSON reader accepts what we write
            Assert.Equal(3, json.RootElement.EnumerateObject().Count());
        }
    }

    [Fact]
    public void TryParse_when_a_line_is_cut_anywhere_then_is_refused()
    {
        var line = EncodeBytes("some \"text\" é \x01 and more\n"u8, StdStream.Stdout)[..^1];
        for (var length = 0; length < line.Length; length++)
        {
            Assert.False(JsonLogParser.TryParse(line.AsSpan(0, length), new byte[line.Length], out _, out _, out _));
        }
    }

    [Fact]
    public void TryParse_when_mutated_then_never_throws()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 20_000; round++)
        {
            var line = EncodeBytes(RandomLine(random), StdStream.Stdout);
            for (var flips = random.Next(5); flips >= 0; flips--) line[random.Next(line.Length)] = (byte)random.Next(256);
            var failure = Record.Exception(() =>
                JsonLogParser.TryParse(line.AsSpan(0, random.Next(line.Length + 1)), new byte[line.Length], out _, out _, out _));
            Assert.True(failure is null, $"seed {seed}: {failure}");
        }
    }

    [Fact]
    public void TryParse_when_members_come_in_another_order_then_reads_them()
    {
        var (data, stream) = Parse("{\"attrs\":{\"a\":[1]},\"time\":\"" + Time + "\",\"stream\":\"stderr\",\"log\":\"x\\ud83d\\ude00\\n\"}\n");
        Assert.Equal("x😀\n"u8.ToArray(), data);
        Assert.Equal(StdStream.Stderr, stream);
    }

    [Fact]
    public void EncodedMax_when_every_byte_is_escaped_then_is_enough()
    {
        var raw = new byte[JsonLogFormat.RecordMax];
        Array.Fill(raw, (byte)0xFF);
        Assert.InRange(EncodeBytes(raw, StdStream.Stderr).Length, raw.Length * 6, JsonLogFormat.EncodedMax(raw.Length));
    }

    private static byte[] RandomLine(Random random)
    {
        var kind = random.Next(4);
        var raw = new byte[random.Next(1, 300)];
        random.NextBytes(raw);
        if (kind < 2)
        {
            for (var i = 0; i < raw.Length; i++) raw[i] = (byte)(32 + (raw[i] % 95));
        }
        if (kind == 2) raw = Encoding.UTF8.GetBytes(string.Concat(raw.Select(b => char.ConvertFromUtf32(0x60 + (b * 97)))));
        if (kind != 0) raw[^1] = (byte)'\n';
        return raw;
    }

    private static (byte[] Data, StdStream Stream) Parse(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line);
        var data = new byte[bytes.Length];
        Assert.True(JsonLogParser.TryParse(bytes, data, out var length, out var stream, out _));
        return (data[..length], stream);
    }

    private static string EncodeText(ReadOnlySpan<byte> raw, StdStream stream) => Encoding.UTF8.GetString(EncodeBytes(raw, stream));

    private static byte[] EncodeBytes(ReadOnlySpan<byte> raw, StdStream stream)
    {
        var line = new byte[JsonLogFormat.EncodedMax(raw.Length)];
        return line[..JsonLogFormat.Encode(raw, stream, Encoding.ASCII.GetBytes(Time), line)];
    }
}
