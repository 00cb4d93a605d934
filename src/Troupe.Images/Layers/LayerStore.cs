using System.Text.Json;
using Troupe.Images.Content;
using Troupe.Linux.Files;
using Troupe.Specs;

namespace Troupe.Images.Layers;

/// <summary>
/// Unpacked layers: <c>layers/&lt;chain id&gt;/fs</c> and <c>layer.json</c> beside it. A layer appears by the rename of its whole directory.
/// Calls block on the disk. Thread-safe for different chain ids.
/// </summary>
internal sealed class LayerStore
{
    private const string IngestPrefix = "ingest-";
    private const string TrashPrefix = "trash-";
    private const string EmptyName = "empty";
    private const string RecordName = "layer.json";

    private readonly string _root;

    public LayerStore(string dataRoot)
    {
        _root = Path.Combine(dataRoot, "layers");
        Directory.CreateDirectory(_root);
        PrivateDirectory.Restrict(_root);
        Directory.CreateDirectory(Path.Combine(_root, EmptyName, "fs"));
    }

    /// <summary>This boot of the kernel: a layer that was not flushed is whole only within it.</summary>
    public static string BootId { get; } = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>The lower directory of an image without layers.</summary>
    public string EmptyDirectory => Path.Combine(_root, EmptyName, "fs");

    public bool Has(ChainId chain) => File.Exists(RecordPath(chain));

    public string DirectoryOf(ChainId chain) => Path.Combine(_root, chain.Digest.Hex, "fs");

    public LayerRecord? Get(ChainId chain)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(RecordPath(chain)), RecordsJsonContext.Default.LayerRecord);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    /// <summary>A new directory for unpacking; its <c>fs</c> is made with mode 0755.</summary>
    public string Begin(ChainId chain)
    {
        var directory = Path.Combine(_root, IngestPrefix + chain.Digest.Short + "-" + Path.GetRandomFileName());
        Directory.CreateDirectory(Path.Combine(directory, "fs"));
        return directory;
    }

    /// <summary>Makes an unpacked layer visible. When another got there first, this one is thrown away.</summary>
    public void Commit(string directory, ChainId chain, LayerRecord record)
    {
        File.WriteAllBytes(
            Path.Combine(directory, RecordName), JsonSerializer.SerializeToUtf8Bytes(record, RecordsJsonContext.Default.LayerRecord));
        var target = Path.Combine(_root, chain.Digest.Hex);
        if (Has(chain)) FileTree.Remove(directory);
        else Directory.Move(directory, target);
    }

    /// <summary>Flushes the whole file system once, and notes it in the records of the layers.</summary>
    public void MakeDurable(IEnumerable<ChainId> chains)
    {
        var pending = chains.Select(chain => (chain, Record: Get(chain))).Where(layer => layer.Record is { IsDurable: false }).ToList();
        if (pending.Count == 0) return;
        using var root = FileAt.OpenAbsolute(_root, OpenFlags.Directory);
        FileIo.SyncFileSystem(root, _root);
        foreach (var (chain, record) in pending)
        {
            AtomicFile.Write(RecordPath(chain), JsonSerializer.SerializeToUtf8Bytes(
                record! with { IsDurable = true }, RecordsJsonContext.Default.LayerRecord));
        }
    }

    /// <summary>Takes a layer out of sight; the path of what is to be deleted, or null when there was none.</summary>
    public string? Detach(ChainId chain)
    {
        var source = Path.Combine(_root, chain.Digest.Hex);
        if (!Directory.Exists(source)) return null;
        var trash = Path.Combine(_root, TrashPrefix + Path.GetRandomFileName());
        Directory.Move(source, trash);
        return trash;
    }

    /// <summary>
    /// At a start: removes what was half made, and the layers of an earlier boot that were never flushed, which a power cut may have hurt.
    /// </summary>
    public void Sweep()
    {
        foreach (var directory in Directory.GetDirectories(_root))
        {
            var name = Path.GetFileName(directory);
            if (name == EmptyName) continue;
            var isLayer = Digest.TryParse(Digest.Algorithm + ":" + name, out var digest);
            if (!isLayer || Get(new ChainId(digest)) is not { } record || !IsTrusted(record)) FileTree.Remove(directory);
        }
    }

    public IEnumerable<ChainId> List()
    {
        foreach (var directory in Directory.EnumerateDirectories(_root))
        {
            if (Digest.TryParse(Digest.Algorithm + ":" + Path.GetFileName(directory), out var digest)) yield return new ChainId(digest);
        }
    }

    private static bool IsTrusted(LayerRecord record) => record.IsDurable || record.BootId == BootId;

    private string RecordPath(ChainId chain) => Path.Combine(_root, chain.Digest.Hex, RecordName);
}
