using System.Text;
using System.Text.Json;
using Troupe.Specs.Streams;

namespace Troupe.Specs.Shim;

/// <summary>Reads one line of a json-file log. A line that is torn or not a record is refused, never guessed at.</summary>
public static class JsonLogParser
{
    private static ReadOnlySpan<byte> Head => "{\"log\":\""u8;

    private static ReadOnlySpan<byte> Middle => "\",\"stream\":\"std"u8;

    private static ReadOnlySpan<byte> BeforeTime => "\",\"time\":\""u8;

    /// <summary>
    /// Parses a line (without or with its end of line) and writes the record's bytes to <paramref name="data"/>, which
    /// must be as long as the line. Any order of members and unknown ones are read too, but slower.
    /// </summary>
    public static bool TryParse(
        ReadOnlySpan<byte> line, Span<byte> data, out int length, out StdStream stream, out DateTimeOffset time)
    {
        if (line.Length > 0 && line[^1] == '\n') line = line[..^1];
        return TryParseOwn(line, data, out length, out stream, out time)
            || TryParseAny(line, data, out length, out stream, out time);
    }

    /// <summary>Only the time of a line, for searches; false when it is not a whole record.</summary>
    public static bool TryParseTime(ReadOnlySpan<byte> line, out DateTimeOffset time)
    {
        time = default;
        if (line.Length > 0 && line[^1] == '\n') line = line[..^1];
        if (!line.EndsWith("\"}"u8)) return false;
        var at = line.LastIndexOf(BeforeTime);
        return at >= 0 && JsonLogFormat.TryParseTime(line[(at + BeforeTime.Length)..^2], out time);
    }

    private static bool TryParseOwn(
        ReadOnlySpan<byte> line, Span<byte> data, out int length, out StdStream stream, out DateTimeOffset time)
    {
        length = 0;
        stream = default;
        time = default;
        var least = Head.Length + Middle.Length + 3 + BeforeTime.Length + JsonLogFormat.TimeLength + 2;
        if (!line.StartsWith(Head) || line.Length < least) return false;
        if (!line.EndsWith("\"}"u8) || !JsonLogFormat.TryParseTime(line[^(JsonLogFormat.TimeLength + 2)..^2], out time)) return false;
        line = line[..^(JsonLogFormat.TimeLength + 2)];
        if (!line.EndsWith(BeforeTime)) return false;
        line = line[..^BeforeTime.Length];
        stream = line.EndsWith("err"u8) ? StdStream.Stderr : StdStream.Stdout;
        if (stream == StdStream.Stdout && !line.EndsWith("out"u8)) return false;
        line = line[..^3];
        return line.EndsWith(Middle) && TryUnescape(line[Head.Length..^Middle.Length], data, out length);
    }

    private static bool TryParseAny(
        ReadOnlySpan<byte> line, Span<byte> data, out int length, out StdStream stream, out DateTimeOffset time)
    {
        length = -1;
        stream = StdStream.Stdout;
        time = default;
        var timed = false;
        var reader = new Utf8JsonReader(line);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.ValueSpan;
                if (!reader.Read()) return false;
                if (reader.TokenType != JsonTokenType.String)
                {
                    reader.Skip();
                    continue;
                }
                if (name.SequenceEqual("log"u8) && !TryUnescape(reader.ValueSpan, data, out length)) return false;
                if (name.SequenceEqual("stream"u8) && reader.ValueTextEquals("stderr"u8)) stream = StdStream.Stderr;
                if (name.SequenceEqual("time"u8)) timed = JsonLogFormat.TryParseTime(reader.ValueSpan, out time);
            }
            return reader.TokenType == JsonTokenType.EndObject && !reader.Read() && timed && length >= 0;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool TryUnescape(ReadOnlySpan<byte> text, Span<byte> data, out int length)
    {
        length = 0;
        while (true)
        {
            var run = text.IndexOfAny((byte)'\\', (byte)'"');
            if (run < 0) run = text.Length;
            text[..run].CopyTo(data[length..]);
            length += run;
            if (run == text.Length) return true;
            text = text[run..];
            if (text[0] == '"' || text.Length < 2) return false;
            if (text[1] == 'u')
            {
                if (!TryUnescapeUnicode(ref text, data, ref length)) return false;
                continue;
            }
            var plain = text[1] switch
            {
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                (byte)'"' or (byte)'\\' or (byte)'/' => text[1],
                _ => (byte)0,
            };
            if (plain == 0) return false;
            data[length++] = plain;
            text = text[2..];
        }
    }

    private static bool TryUnescapeUnicode(ref ReadOnlySpan<byte> text, Span<byte> data, ref int length)
    {
        if (!TryHex(text, out var unit)) return false;
        text = text[6..];
        if (char.IsHighSurrogate(unit) && TryHex(text, out var low) && char.IsLowSurrogate(low))
        {
            text = text[6..];
            length += new Rune(unit, low).EncodeToUtf8(data[length..]);
            return true;
        }
        if (unit is >= '\uDC80' and <= '\uDCFF')
        {
            data[length++] = (byte)(unit & 0xFF); // the raw byte that JsonLogFormat could not write as UTF-8
            return true;
        }
        length += (Rune.TryCreate(unit, out var rune) ? rune : Rune.ReplacementChar).EncodeToUtf8(data[length..]);
        return true;
    }

    private static bool TryHex(ReadOnlySpan<byte> text, out char unit)
    {
        unit = default;
        if (text.Length < 6 || text[0] != '\\' || text[1] != 'u') return false;
        var value = 0;
        for (var i = 2; i < 6; i++)
        {
            if (!char.IsAsciiHexDigit((char)text[i])) return false;
            value = (value << 4) | ((text[i] & 0xF) + (text[i] > '9' ? 9 : 0));
        }
        unit = (char)value;
        return true;
    }
}
