using Troupe.Linux.Files;
using Troupe.Protocol;
using Troupe.Specs;
using Troupe.Specs.Streams;

namespace Troupe.Images.Content;

/// <summary>
/// Blobs by digest: <c>content/blobs/sha256/&lt;hex&gt;</c>. A blob appears there by rename, after its bytes were hashed and made durable,
/// and never changes. What is being downloaded lies in <c>content/ingest</c>. Thread-safe; every call may block on the disk.
/// </summary>
internal sealed class ContentStore : IBlobSource
{
    private readonly string _blobs;
    private readonly string _ingest;

    public ContentStore(string dataRoot)
    {
        _blobs = Path.Combine(dataRoot, "content", "blobs", "sha256");
        _ingest = Path.Combine(dataRoot, "content", "ingest");
        Directory.CreateDirectory(_blobs);
        Directory.CreateDirectory(_ingest);
    }

    public long? SizeOf(Digest digest)
    {
        var file = new FileInfo(PathOf(digest));
        return file.Exists ? file.Length : null;
    }

    public bool Has(Digest digest) => File.Exists(PathOf(digest));

    public Stream? Open(Digest digest)
    {
        try
        {
            return new FileStream(PathOf(digest), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>A small blob whole, or null when it is not here. Its bytes were verified when they came in.</summary>
    public byte[]? Read(Digest digest)
    {
        using var stream = Open(digest);
        if (stream is null) return null;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Stores a small document. Does nothing when it is here.</summary>
    public void Put(Digest digest, ReadOnlySpan<byte> content)
    {
        if (Has(digest)) return;
        if (Digest.Of(content) != digest) throw new ImageException(ErrorCode.Internal, $"content does not match digest {digest}");
        using var ingest = Ingest.Begin(_ingest, PathOf(digest), digest, content.Length);
        ingest.Restart();
        ingest.Write(content);
        ingest.Commit();
    }

    /// <summary>Begins or resumes a download; what an earlier one left is hashed first.</summary>
    /// <param name="size">Exact size by the descriptor, in bytes.</param>
    public Ingest BeginIngest(Digest digest, long size) => Ingest.Begin(_ingest, PathOf(digest), digest, size);

    public bool Delete(Digest digest)
    {
        var path = PathOf(digest);
        if (!File.Exists(path)) return false;
        File.Delete(path);
        return true;
    }

    public IEnumerable<Digest> List()
    {
        foreach (var path in Directory.EnumerateFiles(_blobs))
        {
            if (Digest.TryParse(Digest.Algorithm + ":" + Path.GetFileName(path), out var digest)) yield return digest;
        }
    }

    /// <summary>Drops unfinished downloads that are older than <paramref name="ageMax"/>; the others are resumed when they are asked for again.</summary>
    public void DropStaleIngests(DateTimeOffset now, TimeSpan ageMax)
    {
        foreach (var file in new DirectoryInfo(_ingest).EnumerateFiles())
        {
            if (file.Length == 0 || now - file.LastWriteTimeUtc > ageMax) file.Delete();
        }
    }

    /// <summary>Makes the store's own directories durable, once.</summary>
    public void SyncDirectories()
    {
        FileIo.SyncDirectory(_blobs);
        FileIo.SyncDirectory(_ingest);
    }

    /// <summary>Where a blob is or would be.</summary>
    public string PathOf(Digest digest) => Path.Combine(_blobs, digest.Hex);
}
