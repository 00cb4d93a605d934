using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Troupe.Integration.Tests.Harness;

/// <summary>An image of Debian's static busybox as an OCI layout: one layer, a link per applet, users and groups.</summary>
internal static class BusyboxImage
{
    /// <param name="mark">A label: images with different marks have different ids and the same layer.</param>
    public static async Task WriteAsync(string layout, string mark)
    {
        Directory.CreateDirectory(Path.Combine(layout, "blobs/sha256"));
        var tar = await LayerAsync();
        var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) await gzip.WriteAsync(tar);

        var config = Store(layout, "application/vnd.oci.image.config.v1+json", Json(new
        {
            architecture = OperatingSystemArchitecture(),
            os = "linux",
            created = "2024-01-01T00:00:00Z",
            config = new { Cmd = new[] { "sh" }, Env = new[] { "PATH=/bin" }, Labels = new Dictionary<string, string> { ["mark"] = mark } },
            rootfs = new { type = "layers", diff_ids = new[] { Hash(tar) } },
        }));
        var layer = Store(layout, "application/vnd.oci.image.layer.v1.tar+gzip", packed.ToArray());
        var manifest = Store(layout, "application/vnd.oci.image.manifest.v1+json", Json(new
        {
            schemaVersion = 2,
            mediaType = "application/vnd.oci.image.manifest.v1+json",
            config,
            layers = new[] { layer },
        }));
        File.WriteAllBytes(Path.Combine(layout, "index.json"), Json(new { schemaVersion = 2, manifests = new[] { manifest } }));
        File.WriteAllText(Path.Combine(layout, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
    }

    private static async Task<byte[]> LayerAsync()
    {
        var busybox = Programs.Find("busybox");
        var applets = (await Command.RunAsync(busybox, ["--list"])).ExpectSuccess().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var folder in new[] { "bin", "etc", "home", "root" }) await writer.WriteEntryAsync(Folder(folder, 0b111_101_101));
            await writer.WriteEntryAsync(Folder("tmp", 0b1_111_111_111));
            await writer.WriteEntryAsync(FileEntry("bin/busybox", 0b111_101_101, await File.ReadAllBytesAsync(busybox)));
            foreach (var applet in applets.Where(a => a != "busybox"))
                await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, $"bin/{applet}") { LinkName = "busybox" });
            await writer.WriteEntryAsync(FileEntry("etc/passwd", 0b110_100_100,
                "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n"u8.ToArray()));
            await writer.WriteEntryAsync(FileEntry("etc/group", 0b110_100_100, "root:x:0:\nnogroup:x:65534:\n"u8.ToArray()));
            await writer.WriteEntryAsync(FileEntry("etc/not-executable", 0b110_100_100, "#!/bin/sh\n"u8.ToArray()));
        }

        return tar.ToArray();
    }

    private static PaxTarEntry Folder(string name, int mode) => new(TarEntryType.Directory, name) { Mode = (UnixFileMode)mode };

    private static PaxTarEntry FileEntry(string name, int mode, byte[] content) =>
        new(TarEntryType.RegularFile, name) { Mode = (UnixFileMode)mode, DataStream = new MemoryStream(content) };

    private static object Store(string layout, string mediaType, byte[] bytes)
    {
        File.WriteAllBytes(Path.Combine(layout, "blobs", Hash(bytes).Replace(':', '/')), bytes);
        return new { mediaType, digest = Hash(bytes), size = bytes.Length };
    }

    private static byte[] Json(object value) => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(value).Replace("\\u002B", "+", StringComparison.Ordinal));

    private static string Hash(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string OperatingSystemArchitecture() =>
        System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";
}
