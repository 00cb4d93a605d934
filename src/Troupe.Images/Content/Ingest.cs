using System.Security.Cryptography;
using Troupe.Linux;
using Troupe.Linux.Files;
using Troupe.Protocol;
using Troupe.Specs;

namespace Troupe.Images.Content;

/// <summary>
/// A blob on its way in. Bytes are hashed as they are written; <see cref="Commit"/> verifies, makes durable and renames. Disposing
/// without a commit leaves the part that is there, for resuming. Not thread-safe.
/// </summary>
internal sealed class Ingest : IDisposable
{
    private readonly string _path;
    private readonly string _target;
    private readonly Digest _digest;
    private readonly FileStream _file;
    private IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _isVerified;
    private bool _isCommitted;

    private Ingest(string path, string target, Digest digest, long size, FileStream file)
    {
        _path = path;
        _target = target;
        _digest = digest;
        Size = size;
        _file = file;
    }

    /// <summary>Bytes the blob must have.</summary>
    public long Size { get; }

    /// <summary>Bytes that are here: where a download goes on.</summary>
    public long Position { get; private set; }

    public string FilePath => _isCommitted ? _target : _path;

    public static Ingest Begin(string directory, string target, Digest digest, long size)
    {
        var path = Path.Combine(directory, digest.Hex);
        FileStream file;
        try
        {
            // FileShare.None is an flock: a second download of one blob (the same layer twice in an image) takes a name of its own.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException) when (File.Exists(path))
        {
            path = Path.Combine(directory, digest.Hex + "." + Path.GetRandomFileName());
            file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }

        var ingest = new Ingest(path, target, digest, size, file);
        try
        {
            ingest.HashWhatIsThere();
            return ingest;
        }
        catch
        {
            ingest.Dispose();
            throw;
        }
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Size - Position)
            throw new ImageException(ErrorCode.Internal, $"blob {_digest} is longer than its descriptor says ({Size} bytes)");
        try
        {
            _file.Write(bytes);
        }
        catch (IOException e)
        {
            // A full disk: what is here can't be completed, and its room is needed more than its bytes.
            Restart();
            throw ImageException.FromFile(e);
        }

        _hash.AppendData(bytes);
        Position += bytes.Length;
    }

    /// <summary>Forgets every byte: the registry would not resume, or what was there was wrong.</summary>
    public void Restart()
    {
        _hash.Dispose();
        _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _file.SetLength(0);
        _file.Position = 0;
        Position = 0;
    }

    /// <summary>Checks length and digest of what is here; wrong bytes are thrown away.</summary>
    /// <exception cref="DigestMismatchException">The bytes are others.</exception>
    public void Verify()
    {
        if (_isVerified) return;
        if (Position != Size) throw new ImageException(ErrorCode.Internal, "unexpected EOF");
        _isVerified = Digest.FromHash(_hash.GetCurrentHash()) == _digest;
        if (_isVerified) return;
        Restart();
        throw new DigestMismatchException(_digest);
    }

    /// <summary>Verifies, makes durable and visible. Blocks for the disk.</summary>
    public void Commit()
    {
        Verify();
        try
        {
            _file.Flush(flushToDisk: true);
            File.Move(_path, _target, overwrite: true);
            FileIo.SyncDirectory(Path.GetDirectoryName(_target)!);
        }
        catch (IOException e)
        {
            Restart();
            throw ImageException.FromFile(e);
        }

        _isCommitted = true;
    }

    public void Dispose()
    {
        if (!_isCommitted && Position == 0) TryDelete();
        _file.Dispose();
        _hash.Dispose();
    }

    private void TryDelete()
    {
        try
        {
            File.Delete(_path);
        }
        catch (IOException)
        {
            // The start of the next node drops it.
        }
    }

    private void HashWhatIsThere()
    {
        if (_file.Length > Size)
        {
            Restart();
            return;
        }

        var buffer = new byte[128 * 1024];
        for (var read = _file.Read(buffer); read > 0; read = _file.Read(buffer))
        {
            _hash.AppendData(buffer, 0, read);
            Position += read;
        }
    }
}

/// <summary>Bytes that do not have the digest they were asked for by.</summary>
internal sealed class DigestMismatchException(Digest digest)
    : ImageException(ErrorCode.Internal, $"filesystem layer verification failed for digest {digest}");
