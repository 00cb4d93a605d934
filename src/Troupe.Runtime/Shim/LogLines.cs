using Troupe.Specs.Shim;
using Troupe.Specs.Streams;

namespace Troupe.Runtime.Shim;

/// <summary>
/// Cuts one stream's bytes into log records: a line with its newline, or a piece of 16 KiB of a longer one, or what is left at the
/// end. Docker's rule, so that the records' bytes joined are the stream's bytes.
/// </summary>
internal sealed class LogLines(JsonLogWriter writer, StdStream stream)
{
    private byte[]? _partial;
    private int _partialLength;

    public void Append(ReadOnlySpan<byte> data)
    {
        if (_partialLength > 0) data = CompletePartial(data);
        while (data.Length > 0)
        {
            var window = data[..Math.Min(data.Length, JsonLogFormat.RecordMax)];
            var end = window.IndexOf((byte)'\n') + 1;
            if (end == 0)
            {
                if (window.Length < JsonLogFormat.RecordMax) break;
                end = window.Length;
            }
            writer.Append(data[..end], stream);
            data = data[end..];
        }
        if (data.Length > 0) Keep(data);
    }

    /// <summary>The stream is at its end: an unfinished line becomes a record without newline.</summary>
    public void Finish()
    {
        if (_partialLength > 0) writer.Append(_partial.AsSpan(0, _partialLength), stream);
        _partialLength = 0;
        _partial = null;
    }

    private ReadOnlySpan<byte> CompletePartial(ReadOnlySpan<byte> data)
    {
        var window = data[..Math.Min(data.Length, JsonLogFormat.RecordMax - _partialLength)];
        var end = window.IndexOf((byte)'\n') + 1;
        if (end == 0) end = window.Length;
        var complete = window[end - 1] == '\n' || _partialLength + end == JsonLogFormat.RecordMax;
        Keep(window[..end]);
        if (complete)
        {
            writer.Append(_partial.AsSpan(0, _partialLength), stream);
            _partialLength = 0;
        }
        return data[end..];
    }

    private void Keep(ReadOnlySpan<byte> data)
    {
        // Most partial lines are prompts: a small array, and the full 16 KiB only for a long line.
        var needed = _partialLength + data.Length;
        if (_partial is null || _partial.Length < needed)
        {
            Array.Resize(ref _partial, needed <= 512 ? 512 : JsonLogFormat.RecordMax);
        }
        data.CopyTo(_partial.AsSpan(_partialLength));
        _partialLength += data.Length;
    }
}
