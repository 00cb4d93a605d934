// Makes the built-in hello-world image: hello.c -> one static program -> an OCI image layout (image-spec 1.1). The same program gives
// the same bytes: no clock, owner or random value enters it.
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;

void MakeSeed(string source, string layout, Action<string, string[]> must)
{
  System.IO.Directory.CreateDirectory($"{layout}/blobs/sha256");
  var program = $"{layout}/hello";
  must("gcc", ["-Os", "-static", "-nostdlib", "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-Wall", "-Wextra", "-Werror",
    "-Wl,--build-id=none,-z,noseparate-code,-z,norelro,-n", "-s", "-o", program, source]);

  var tar = new System.IO.MemoryStream();
  using (var writer = new TarWriter(tar, TarEntryFormat.Ustar, leaveOpen: true))
  {
    writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "hello")
    {
      Mode = (System.IO.UnixFileMode)0b111_101_101,
      ModificationTime = DateTimeOffset.UnixEpoch,
      DataStream = new System.IO.MemoryStream(System.IO.File.ReadAllBytes(program)),
    });
  }

  System.IO.File.Delete(program);
  var packed = new System.IO.MemoryStream();
  using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true)) gzip.Write(tar.ToArray());

  string Hash(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));
  object Store(string mediaType, byte[] bytes, object platform = null, object annotations = null)
  {
    System.IO.File.WriteAllBytes($"{layout}/blobs/{Hash(bytes).Replace(':', '/')}", bytes);
    return new { mediaType, digest = Hash(bytes), size = bytes.Length, platform, annotations };
  }

  byte[] Json(object value) => JsonSerializer.SerializeToUtf8Bytes(value, new JsonSerializerOptions
  {
    DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
  });

  var platform = new
  {
    architecture = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64",
    os = "linux",
  };
  var config = Store("application/vnd.oci.image.config.v1+json", Json(new
  {
    platform.architecture,
    platform.os,
    config = new { Cmd = new[] { "/hello" }, Env = new[] { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" }, WorkingDir = "/" },
    rootfs = new { type = "layers", diff_ids = new[] { Hash(tar.ToArray()) } },
    history = new[] { new { created = "1970-01-01T00:00:00Z", created_by = "COPY hello / # troupe seed" } },
    created = "1970-01-01T00:00:00Z",
  }));
  var layer = Store("application/vnd.oci.image.layer.v1.tar+gzip", packed.ToArray());
  var manifest = Store("application/vnd.oci.image.manifest.v1+json", Json(new
  {
    schemaVersion = 2,
    mediaType = "application/vnd.oci.image.manifest.v1+json",
    config,
    layers = new[] { layer },
  }), platform, new Dictionary<string, string>
  { 
    ["io.containerd.image.name"] = "docker.io/library/hello-world:latest",
    ["org.opencontainers.image.ref.name"] = "docker.io/library/hello-world:latest",
  });
  System.IO.File.WriteAllBytes($"{layout}/index.json", Json(new
  {
    schemaVersion = 2,
    mediaType = "application/vnd.oci.image.index.v1+json",
    manifests = new[] { manifest },
  }));
  System.IO.File.WriteAllText($"{layout}/oci-layout", """{"imageLayoutVersion":"1.0.0"}""");
}
