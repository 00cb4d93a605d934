using Troupe.Linux;
using Troupe.Linux.Events;
using Troupe.Specs.Shim;
using Troupe.Specs.Streams;

namespace Troupe.Runtime.Shim;

/// <summary>
/// Writes a container's json-file log and rotates it: <c>x.log</c>, <c>x.log.1</c> ... with at most <c>filesMax</c> files. Records are whole
/// or absent: what a failed write left of a record is cut off again. A full disk loses log lines (counted), never stalls the
/// container. For one thread; allocates nothing per line.
/// </summary>
internal sealed class JsonLogWriter : IDisposable
{
    private readonly string _path;
    private readonly long _sizeMax;
    private readonly int _filesMax;
    private readonly AnonymousMemory _buffer = new(ShimLimits.LogBufferBytes);
    private readonly byte[] _time = new byte[JsonLogFormat.TimeLength];
    private FileDescriptor? _file;
    private long _fileSize;
    private long _timeNs = -1;
    private int _pending;

    /// <param name="sizeMax">Bytes after which a file is full; 0: never. The last record may go over it (as Docker's does).</param>
    public JsonLogWriter(string path, long sizeMax, int filesMax)
    {
        _path = path;
        _sizeMax = sizeMax;
        _filesMax = Math.Max(1, filesMax);
        OpenFile();
    }

    /// <summary>Records lost to failed writes.</summary>
    public long LostRecords { get; private set; }

    private long Size => _fileSize + _pending;

    /// <summary>Sets the time of the records that follow.</summary>
    public void SetTime(long unixNs)
    {
        if (unixNs == _timeNs) return;
        _timeNs = unixNs;
        JsonLogFormat.FormatTime(unixNs, _time);
    }

    /// <summary>Adds one record, at most <see cref="JsonLogFormat.RecordMax"/> bytes. It reaches the file at <see cref="Flush"/> at the latest.</summary>
    public void Append(ReadOnlySpan<byte> raw, StdStream stream)
    {
        if (_sizeMax > 0 && Size >= _sizeMax) Rotate();
        var buffer = _buffer.Span;
        if (buffer.Length - _pending < JsonLogFormat.EncodedMax(raw.Length)) Flush();
        _pending += JsonLogFormat.Encode(raw, stream, _time, buffer[_pending..]);
    }

    /// <summary>Writes what is pending.</summary>
    public void Flush()
    {
        var data = _buffer.Span[.._pending];
        _pending = 0;
        if (data.Length == 0) return;
        if (_file is null && !TryReopen())
        {
            LostRecords += data.Count((byte)'\n');
            return;
        }
        var written = TryWriteAll(data);
        _fileSize += written;
        if (written == data.Length) return;
        var whole = data[..written].LastIndexOf((byte)'\n') + 1;
        LostRecords += data[whole..].Count((byte)'\n');
        if (DurableFile.TryTruncate(_file!, _fileSize - (written - whole))) _fileSize -= written - whole;
    }

    /// <summary>Gives the buffer's pages back; for when the container is quiet.</summary>
    public void Forget()
    {
        if (_pending == 0) _buffer.Forget();
    }

    public void Dispose()
    {
        Flush();
        _file?.Dispose();
        _buffer.Dispose();
    }

    private void OpenFile()
    {
        _file = DurableFile.OpenAppend(_path, 0b110_100_000);
        // A machine that crashed may have left a torn last line: it must not swallow our first record.
        if (DurableFile.LastByte(_file) is not (-1 or '\n')) DescriptorIo.Write(_file, "\n"u8);
        _fileSize = DurableFile.Length(_file);
    }

    private int TryWriteAll(ReadOnlySpan<byte> data)
    {
        var total = 0;
        try
        {
            while (total < data.Length)
            {
                var written = DescriptorIo.Write(_file!, data[total..]);
                if (written <= 0) break;
                total += written;
            }
        }
        catch (LinuxException)
        {
            // A full disk, a quota, an I/O error: the caller cuts the torn record off and goes on with the next.
        }
        return total;
    }

    private void Rotate()
    {
        Flush();
        _file?.Dispose();
        _file = null;
        if (_filesMax == 1)
        {
            DurableFile.TryDelete(_path);
        }
        else
        {
            for (var i = _filesMax - 2; i >= 1; i--) DurableFile.TryRename($"{_path}.{i}", $"{_path}.{i + 1}");
            DurableFile.TryRename(_path, _path + ".1");
        }
        TryReopen();
    }

    private bool TryReopen()
    {
        try
        {
            OpenFile();
            return true;
        }
        catch (LinuxException)
        {
            _fileSize = 0;
            return false;
        }
    }
}
