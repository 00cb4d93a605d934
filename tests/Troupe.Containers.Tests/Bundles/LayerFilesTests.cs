using Troupe.Containers.Bundles;
using Troupe.Protocol.Images;

namespace Troupe.Containers.Tests.Bundles;

/// <summary>Reading /etc/passwd out of hostile layers, before the root is mounted.</summary>
public sealed class LayerFilesTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("troupe-layers-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void ReadText_when_two_layers_have_the_file_then_the_upper_one_wins()
    {
        Put("upper/etc/passwd", "upper");
        Put("low/etc/passwd", "low");
        Assert.Equal("upper", Read("upper", "low"));
        Assert.Equal("low", Read("low", "upper"));
    }

    [Fact]
    public void ReadText_when_no_layer_has_it_then_empty()
    {
        Put("low/etc/other", "x");
        Assert.Equal("", Read("low"));
        Assert.Equal("", Read("no-such-layer"));
    }

    [Fact]
    public void ReadText_when_the_name_is_a_link_out_of_the_layer_then_it_stays_inside()
    {
        Put("outside", "secret");
        Put("low/etc/x", "");
        File.CreateSymbolicLink(Path.Combine(_root.FullName, "low/etc/passwd"), Path.Combine(_root.FullName, "outside"));
        Assert.Equal("", Read("low"));
        File.Delete(Path.Combine(_root.FullName, "low/etc/passwd"));
        File.CreateSymbolicLink(Path.Combine(_root.FullName, "low/etc/passwd"), "../../outside");
        Assert.Equal("", Read("low"));
    }

    [Fact]
    public void ReadText_when_the_link_stays_inside_then_it_is_followed()
    {
        Put("low/usr/passwd", "linked");
        Put("low/etc/x", "");
        File.CreateSymbolicLink(Path.Combine(_root.FullName, "low/etc/passwd"), "/usr/passwd");
        Assert.Equal("linked", Read("low"));
    }

    [Fact]
    public void ReadText_when_it_is_a_directory_then_nothing_is_read()
    {
        Directory.CreateDirectory(Path.Combine(_root.FullName, "low/etc/passwd"));
        Assert.Equal("", Read("low"));
    }

    [Fact]
    public void ReadText_when_it_is_as_large_as_a_bomb_then_it_is_refused_and_not_read()
    {
        Put("low/etc/passwd", "");
        using (var file = File.OpenWrite(Path.Combine(_root.FullName, "low/etc/passwd"))) file.SetLength(Limits.AccountFileBytesMax + 1L);
        Assert.Contains("too many", Assert.Throws<IOException>(() => Read("low")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadText_when_a_path_has_a_colon_then_the_escape_is_understood()
    {
        Put("a:b/etc/passwd", "colon");
        var mount = new RootfsMount("overlay", "overlay", [$"lowerdir={_root.FullName}/a\\:b:{_root.FullName}/low"]);
        Assert.Equal("colon", new LayerFiles([mount]).ReadText("etc/passwd"));
    }

    private string Read(params string[] layers)
    {
        var paths = string.Join(':', layers.Select(l => Path.Combine(_root.FullName, l)));
        return new LayerFiles([new RootfsMount("overlay", "overlay", ["lowerdir=" + paths])]).ReadText("etc/passwd");
    }

    private void Put(string path, string text)
    {
        var full = Path.Combine(_root.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
