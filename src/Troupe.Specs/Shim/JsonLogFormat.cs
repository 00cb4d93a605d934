using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Troupe.Specs.Streams;

namespace Troupe.Specs.Shim;

/// <summary>
/// Docker's json-file record, one per line: <c>{"log":"text\n","stream":"stdout","time":"2026-11-23T00:00:00.000000000Z"}</c>. A record
/// without the escaped newline is a partial line. Bytes that are not UTF-8 are written as lone low surrogates
/// (0xFF becomes <c>\udcff</c>): Docker's own readers see U+FFFD, as they do in Docker's own logs, while our reader gives back the very bytes.
/// </summary>
public static class JsonLogFormat
{
    /// <summary>Raw bytes in one record; a longer line is several records (Docker's value).</summary>
    public const int RecordMax = 16 * 1024;

    /// <summary>Length of a time as written here: nine fraction digits and Z.</summary>
    public const int TimeLength = 30;

    private static readonly SearchValues<byte> s_plainStops = SearchValues.Create(Stops(high: true));
    private static readonly SearchValues<byte> s_highRunStops = SearchValues.Create(Stops(high: false));

    private static ReadOnlySpan<byte> Head => "{\"log\":\""u8;

    private static ReadOnlySpan<byte> TailStdout => "\",\"stream\":\"stdout\",\"time\":\""u8;

    private static ReadOnlySpan<byte> TailStderr => "\",\"stream\":\"stderr\",\"time\":\""u8;

    private static ReadOnlySpan<byte> End => "\"}\n"u8;

    /// <summary>Bytes that any record of so many raw bytes fits in: six per byte at worst, and the frame around it.</summary>
    public static int EncodedMax(int rawLength) => (rawLength * 6) + 8 + 29 + TimeLength + 3;

    /// <summary>Writes one record with its end of line; returns its length. The destination must have room for <see cref="EncodedMax"/>.</summary>
    /// <param name="time">As <see cref="FormatTime"/> writes it.</param>
    public static int Encode(ReadOnlySpan<byte> raw, StdStream stream, ReadOnlySpan<byte> time, Span<byte> destination)
    {
        Head.CopyTo(destination);
        var length = Head.Length + Escape(raw, destination[Head.Length..]);
        var tail = stream == StdStream.Stderr ? TailStderr : TailStdout;
        tail.CopyTo(destination[length..]);
        length += tail.Length;
        time.CopyTo(destination[length..]);
        length += time.Length;
        End.CopyTo(destination[length..]);
        return length + End.Length;
    }

    /// <summary>RFC 3339 with nanoseconds, UTC, always 30 bytes.</summary>
    /// <param name="unixNs">Nanoseconds since 1970; years 1970 to 2262.</param>
    public static void FormatTime(long unixNs, Span<byte> destination)
    {
        var at = DateTime.UnixEpoch.AddTicks(unixNs / 100);
        Digits(destination, 0, at.Year, 4, (byte)'-');
        Digits(destination, 5, at.Month, 2, (byte)'-');
        Digits(destination, 8, at.Day, 2, (byte)'T');
        Digits(destination, 11, at.Hour, 2, (byte)':');
        Digits(destination, 14, at.Minute, 2, (byte)':');
        Digits(destination, 17, at.Second, 2, (byte)'.');
        Digits(destination, 20, (int)(unixNs % 1_000_000_000), 9, (byte)'Z');
    }

    private static void Digits(Span<byte> destination, int at, int value, int count, byte after)
    {
        for (var i = at + count - 1; i >= at; i--)
        {
            destination[i] = (byte)('0' + (value % 10));
            value /= 10;
        }
        destination[at + count] = after;
    }

    private static int Escape(ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        var length = 0;
        while (true)
        {
            var run = raw.IndexOfAny(s_plainStops);
            if (run < 0) run = raw.Length;
            raw[..run].CopyTo(destination[length..]);
            length += run;
            if (run == raw.Length) return length;
            raw = raw[run..];
            if (raw[0] < 0x80)
            {
                length += EscapeAscii(raw[0], destination[length..]);
                raw = raw[1..];
                continue;
            }
            var high = raw.IndexOfAny(s_highRunStops);
            if (high < 0) high = raw.Length;
            length += CopyHigh(raw[..high], destination[length..]);
            raw = raw[high..];
        }
    }

    private static int EscapeAscii(byte value, Span<byte> destination)
    {
        destination[0] = (byte)'\\';
        var shortForm = value switch
        {
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            (byte)'"' => (byte)'"',
            (byte)'\\' => (byte)'\\',
            _ => (byte)0,
        };
        if (shortForm == 0) return EscapeHex(0, value, destination);
        destination[1] = shortForm;
        return 2;
    }

    private static int CopyHigh(ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        if (Utf8.IsValid(raw))
        {
            raw.CopyTo(destination);
            return raw.Length;
        }
        var length = 0;
        while (raw.Length > 0)
        {
            var status = Rune.DecodeFromUtf8(raw, out _, out var consumed);
            if (status == OperationStatus.Done)
            {
                raw[..consumed].CopyTo(destination[length..]);
                length += consumed;
            }
            else
            {
                for (var i = 0; i < consumed; i++) length += EscapeHex(0xDC, raw[i], destination[length..]);
            }
            raw = raw[consumed..];
        }
        return length;
    }

    private static int EscapeHex(byte high, byte low, Span<byte> destination)
    {
        var hex = "0123456789abcdef"u8;
        destination[0] = (byte)'\\';
        destination[1] = (byte)'u';
        destination[2] = hex[high >> 4];
        destination[3] = hex[high & 15];
        destination[4] = hex[low >> 4];
        destination[5] = hex[low & 15];
        return 6;
    }

    private static byte[] Stops(bool high)
    {
        var stops = new List<byte> { (byte)'"', (byte)'\\' };
        for (var i = 0; i < 0x20; i++) stops.Add((byte)i);
        if (high)
        {
            for (var i = 0x80; i < 0x100; i++) stops.Add((byte)i);
        }
        return [.. stops];
    }

    /// <summary>Reads a time as any json-file writer puts it: 0 to 9 fraction digits, Z or an offset.</summary>
    public static bool TryParseTime(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length < 20 || text[4] != '-' || text[10] != 'T' || text[13] != ':') return false;
        if (!Number(text, 0, 4, out var year) || !Number(text, 5, 2, out var month) || !Number(text, 8, 2, out var day)) return false;
        if (!Number(text, 11, 2, out var hour) || !Number(text, 14, 2, out var minute) || !Number(text, 17, 2, out var second)) return false;
        if (year == 0 || month is 0 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month)) return false;
        if (hour > 23 || minute > 59 || second > 59) return false;
        var rest = text[19..];
        var ticks = 0L;
        if (rest[0] == '.' && !Fraction(ref rest, out ticks)) return false;
        if (!Offset(rest, out var offset)) return false;
        var utcTicks = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks + ticks - offset.Ticks;
        if (utcTicks < 0 || utcTicks > DateTime.MaxValue.Ticks) return false;
        time = new DateTimeOffset(utcTicks, TimeSpan.Zero);
        return true;
    }

    private static bool Fraction(ref ReadOnlySpan<byte> rest, out long ticks)
    {
        ticks = 0;
        var digits = 0;
        for (rest = rest[1..]; rest.Length > 0 && rest[0] is >= (byte)'0' and <= (byte)'9'; rest = rest[1..])
        {
            if (digits++ < 7) ticks = (ticks * 10) + (rest[0] - '0');
        }
        for (var i = digits; i < 7; i++) ticks *= 10;
        return digits is >= 1 and <= 9;
    }

    private static bool Offset(ReadOnlySpan<byte> rest, out TimeSpan offset)
    {
        offset = default;
        if (rest.Length == 1) return rest[0] == 'Z';
        if (rest.Length != 6 || rest[0] is not ((byte)'+' or (byte)'-') || rest[3] != ':') return false;
        if (!Number(rest, 1, 2, out var hours) || !Number(rest, 4, 2, out var minutes) || hours > 23 || minutes > 59) return false;
        offset = new TimeSpan(hours, minutes, 0);
        if (rest[0] == '-') offset = -offset;
        return true;
    }

    private static bool Number(ReadOnlySpan<byte> text, int at, int count, out int value) =>
        int.TryParse(text.Slice(at, count), NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
