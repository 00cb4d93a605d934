using Microsoft.Win32.SafeHandles;
using Troupe.Linux.Events;
using Troupe.Specs.Shim;

namespace Troupe.Containers.Logs;

/// <summary>
/// The files of one log as one row of bytes, oldest first. Files are told apart by inode, so that a rotation while reading neither
/// repeats nor skips one (unless it was deleted before its turn came).
/// </summary>
internal sealed class LogFileChain : IDisposable
{
    private const int SearchBlock = 64 * 1024;
    private readonly string _path;
    private readonly LinkedList<OpenFile> _files = new();
    private bool _frozen;
    private bool _isNewFile;

    public LogFileChain(string path)
    {
        _path = path;
        OpenExisting();
    }

    /// <summary>Only what is there now: a container that writes faster than its reader reads must not keep it for ever.</summary>
    public void Freeze()
    {
        _frozen = true;
        foreach (var file in _files) file.End = RandomAccess.GetLength(file.Handle);
    }

    /// <summary>Reads on; false at the end of what is there. <paramref name="isNewFile"/>: an unfinished line before is torn, and stays so.</summary>
    public bool TryRead(Memory<byte> buffer, out int count, out bool isNewFile)
    {
        while (true)
        {
            count = 0;
            isNewFile = _isNewFile;
            if (_files.First is null && (_frozen || !TryAppendNewer())) return false;
            var file = _files.First!.Value;
            var room = (int)Math.Min(buffer.Length, file.End - file.Position);
            if (room > 0) count = RandomAccess.Read(file.Handle, buffer.Span[..room], file.Position);
            if (count > 0)
            {
                file.Position += count;
                _isNewFile = false;
                return true;
            }
            if (_files.Count == 1 && (_frozen || !TryAppendNewer())) return false;
            if (_files.Count == 1) return false;
            // The next file exists, so this one is written no more; but it may have grown between the read and the look at the next.
            if (!_frozen && file.Position < RandomAccess.GetLength(file.Handle)) continue;
            _files.RemoveFirst();
            file.Handle.Dispose();
            _isNewFile = true;
        }
    }

    /// <summary>Skips to where the last <paramref name="lines"/> lines begin, reading from the end only.</summary>
    public void SeekToLastLines(int lines)
    {
        var left = lines;
        for (var node = _files.Last; node is not null; node = node.Previous)
        {
            var start = FindLastLines(node.Value, ref left);
            if (left > 0) continue;
            node.Value.Position = start;
            while (_files.First != node)
            {
                _files.First!.Value.Handle.Dispose();
                _files.RemoveFirst();
            }
            return;
        }
    }

    /// <summary>Leaves out files whose last record is older.</summary>
    public void SkipBefore(DateTimeOffset since)
    {
        while (_files.Count > 1)
        {
            var oldest = _files.First!.Value;
            var one = 1;
            var start = FindLastLines(oldest, ref one);
            var buffer = new byte[ByteLimits.LogLineBytesMax];
            var count = RandomAccess.Read(oldest.Handle, buffer, start);
            var end = buffer.AsSpan(0, count).IndexOf((byte)'\n');
            if (end < 0 || !JsonLogParser.TryParseTime(buffer.AsSpan(0, end), out var last) || last >= since) return;
            _files.RemoveFirst();
            oldest.Handle.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var file in _files) file.Handle.Dispose();
        _files.Clear();
    }

    private void OpenExisting()
    {
        foreach (var file in OpenNewerThan(null)) _files.AddLast(file);
    }

    /// <summary>The log was rotated since: opens what is newer than our newest file, in order.</summary>
    private bool TryAppendNewer()
    {
        var newest = _files.Last?.Value.Identity;
        if (newest is not null && FileIdentity.Of(_path) == newest) return false;
        var newer = OpenNewerThan(newest);
        foreach (var file in newer) _files.AddLast(file);
        return newer.Count > 0;
    }

    /// <summary>
    /// Files newer than the one given, oldest first. Looked for from the newest name up: a rotation meanwhile moves files up too, so it can
    /// show one twice (recognised by its inode) but never hide one. It leaves one name empty for a moment; two in a row are the end.
    /// </summary>
    private Stack<OpenFile> OpenNewerThan(FileIdentity? known)
    {
        var newer = new Stack<OpenFile>();
        var missing = 0;
        for (var number = 0; number < ByteLimits.LogFilesMax && missing < 2; number++)
        {
            if (TryOpen(number == 0 ? _path : $"{_path}.{number}") is not { } file)
            {
                missing++;
                continue;
            }
            missing = 0;
            if (file.Identity == known || newer.Any(f => f.Identity == file.Identity))
            {
                file.Handle.Dispose();
                if (file.Identity == known) break;
                continue;
            }
            newer.Push(file);
        }
        return newer;
    }

    /// <summary>The offset at which the last lines begin; counts <paramref name="left"/> down by the lines found.</summary>
    private static long FindLastLines(OpenFile file, ref int left)
    {
        var end = Math.Min(file.End, RandomAccess.GetLength(file.Handle));
        var buffer = new byte[SearchBlock];
        if (left <= 0) return end;
        var isTail = true;
        for (var blockEnd = end; blockEnd > 0;)
        {
            var blockStart = Math.Max(0, blockEnd - SearchBlock);
            var block = buffer.AsSpan(0, (int)(blockEnd - blockStart));
            RandomAccess.Read(file.Handle, block, blockStart);
            while (block.LastIndexOf((byte)'\n') is var at and >= 0)
            {
                // The last newline ends the last line; each one before it begins a line.
                if (!isTail && --left == 0) return blockStart + at + 1;
                isTail = false;
                block = block[..at];
            }
            blockEnd = blockStart;
        }
        if (!isTail) left--;
        return 0;
    }

    private static OpenFile? TryOpen(string path)
    {
        try
        {
            var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (FileIdentity.Of(handle) is { } identity) return new OpenFile(handle, identity);
            handle.Dispose();
            return null;
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private sealed class OpenFile(SafeFileHandle handle, FileIdentity identity)
    {
        public SafeFileHandle Handle { get; } = handle;

        public FileIdentity Identity { get; } = identity;

        public long Position { get; set; }

        public long End { get; set; } = long.MaxValue;
    }
}
