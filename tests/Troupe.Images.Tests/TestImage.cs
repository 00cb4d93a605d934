using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Troupe.Specs;
using Troupe.Specs.Archive;
using Troupe.Specs.Image;

namespace Troupe.Images.Tests;

/// <summary>Builds layers entry by entry.</summary>
public sealed class LayerBuilder
{
    private readonly MemoryStream _tar = new();
    private readonly TarWriter _writer;

    public LayerBuilder() => _writer = new TarWriter(_tar);

    public LayerBuilder Directory(string name, uint mode = 0x1ED, uint uid = 0, uint gid = 0, long mtime = 1000) =>
        Add(new TarEntry { Type = TarEntryType.Directory, Name = Bytes(name), Mode = mode, Uid = uid, Gid = gid, ModifiedSeconds = mtime });

    public LayerBuilder File(string name, string content = "x", uint mode = 0x1A4, uint uid = 0, uint gid = 0, params TarAttribute[] attributes) =>
        File(name, Encoding.UTF8.GetBytes(content), mode, uid, gid, attributes);

    public LayerBuilder File(string name, byte[] content, uint mode = 0x1A4, uint uid = 0, uint gid = 0, params TarAttribute[] attributes)
    {
        Add(new TarEntry
        {
            Type = TarEntryType.File, Name = Bytes(name), Mode = mode, Uid = uid, Gid = gid, Size = content.Length, RealSize = content.Length,
            ModifiedSeconds = 1000, ModifiedNanoseconds = 123456789, Attributes = attributes,
        });
        _writer.WriteBody(content);
        return this;
    }

    public LayerBuilder Link(string name, string target) =>
        Add(new TarEntry { Type = TarEntryType.SymbolicLink, Name = Bytes(name), LinkName = Bytes(target), Mode = 0x1FF, ModifiedSeconds = 1000 });

    public LayerBuilder HardLink(string name, string target) =>
        Add(new TarEntry { Type = TarEntryType.HardLink, Name = Bytes(name), LinkName = Bytes(target), Mode = 0x1A4, ModifiedSeconds = 1000 });

    public LayerBuilder Node(string name, TarEntryType type, uint major, uint minor) =>
        Add(new TarEntry { Type = type, Name = Bytes(name), Mode = 0x1B6, DeviceMajor = major, DeviceMinor = minor, ModifiedSeconds = 1000 });

    public LayerBuilder Add(TarEntry entry)
    {
        _writer.WriteHeader(entry);
        return this;
    }

    public byte[] Build()
    {
        _writer.Finish();
        return _tar.ToArray();
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}

/// <summary>An image as a registry holds it.</summary>
public sealed class TestImage
{
    public Dictionary<string, byte[]> Blobs { get; } = [];

    public List<(string Digest, string Type, byte[] Body)> Manifests { get; } = [];

    public byte[] Top { get; private set; } = [];

    public string TopType { get; private set; } = "";

    public Digest TopDigest => Digest.Of(Top);

    public Digest ImageId { get; private set; }

    public DiffId[] DiffIds { get; private set; } = [];

    public Digest[] LayerBlobs { get; private set; } = [];

    public static byte[] Gzip(byte[] bytes)
    {
        var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(bytes);
        return target.ToArray();
    }

    public static byte[] Zstd(byte[] bytes)
    {
        using var compressor = new ZstdSharp.Compressor();
        return compressor.Wrap(bytes).ToArray();
    }

    /// <param name="asDocker">Docker's media types, else OCI's.</param>
    public static TestImage Of(byte[][] tars, Func<byte[], byte[]>? compress = null, bool asDocker = false, string? label = null, bool inIndex = false,
        string? architecture = null)
    {
        compress ??= Gzip;
        var image = new TestImage { DiffIds = [.. tars.Select(tar => new DiffId(Digest.Of(tar)))] };
        var config = JsonSerializer.SerializeToUtf8Bytes(new
        {
            architecture = architecture ?? Platform.Host.Architecture, os = "linux", created = "2024-01-02T03:04:05Z",
            config = new { Cmd = new[] { "/hello" }, Labels = new Dictionary<string, string> { ["l"] = label ?? "" } },
            rootfs = new { type = "layers", diff_ids = image.DiffIds.Select(d => d.ToString()).ToArray() },
        });
        image.ImageId = Digest.Of(config);
        image.Blobs[image.ImageId.ToString()] = config;
        var layers = new List<Descriptor>();
        foreach (var tar in tars)
        {
            var blob = compress(tar);
            image.Blobs[Digest.Of(blob).ToString()] = blob;
            layers.Add(new Descriptor { MediaType = asDocker ? MediaTypes.DockerLayerGzip : MediaTypes.OciLayerGzip, Digest = Digest.Of(blob), Size = blob.Length });
        }

        image.LayerBlobs = [.. layers.Select(l => l.Digest)];
        var type = asDocker ? MediaTypes.DockerManifest : MediaTypes.OciManifest;
        var manifest = JsonSerializer.SerializeToUtf8Bytes(new ImageManifest
        {
            SchemaVersion = 2, MediaType = type, Layers = [.. layers],
            Config = new Descriptor { MediaType = asDocker ? MediaTypes.DockerConfig : MediaTypes.OciConfig, Digest = image.ImageId, Size = config.Length },
        }, ImageJsonContext.Default.ImageManifest);
        image.SetTop(type, manifest);
        if (inIndex) image.WrapInIndex(manifest, type, asDocker);
        return image;
    }

    public void SetTop(string type, byte[] body)
    {
        (TopType, Top) = (type, body);
        Manifests.Add((Digest.Of(body).ToString(), type, body));
    }

    private void WrapInIndex(byte[] manifest, string type, bool asDocker)
    {
        var other = new Descriptor { MediaType = type, Digest = Digest.Of("other"u8), Size = 5, Platform = new Platform { Os = "linux", Architecture = "s390x" } };
        var mine = new Descriptor { MediaType = type, Digest = Digest.Of(manifest), Size = manifest.Length, Platform = Platform.Host };
        var indexType = asDocker ? MediaTypes.DockerIndex : MediaTypes.OciIndex;
        SetTop(indexType, JsonSerializer.SerializeToUtf8Bytes(
            new ImageIndex { SchemaVersion = 2, MediaType = indexType, Manifests = [other, mine] }, ImageJsonContext.Default.ImageIndex));
    }
}
