using System.Text;
using Troupe.Images.Layers;
using Troupe.Linux;
using Troupe.Linux.Files;
using Troupe.Specs.Archive;

namespace Troupe.Images.Tests;

/// <summary>Layers on a real file system. Needs root: owners, devices and trusted attributes are what is tested.</summary>
public sealed class UnpackTests : IDisposable
{
    private readonly string _base = Directory.CreateTempSubdirectory("troupe-unpack-").FullName;
    private readonly string _root;

    public UnpackTests()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "unpacking layers needs root");
        _root = Path.Combine(_base, "fs");
        Directory.CreateDirectory(_root);
    }

    public void Dispose() => FileTree.Remove(_base);

    [Theory]
    [InlineData("../outside")]
    [InlineData("a/../../outside")]
    [InlineData("/../outside")]
    [InlineData("a/b/../../../outside")]
    public void Unpack_when_a_name_leads_out_then_refused_and_nothing_is_outside(string name)
    {
        var failure = Assert.Throws<ImageException>(() => Unpack(new LayerBuilder().Directory("a").File(name)));
        Assert.Contains("leads out of the layer", failure.Message);
        Assert.Equal([_root], Directory.GetFileSystemEntries(_base));
    }

    [Fact]
    public void Unpack_when_a_hard_links_target_leads_out_then_refused()
    {
        File.WriteAllText(Path.Combine(_base, "secret"), "s");
        Assert.Throws<ImageException>(() => Unpack(new LayerBuilder().HardLink("link", "../secret")));
        Assert.Throws<ImageException>(() => Unpack(new LayerBuilder().Link("up", "..").HardLink("link2", "up/secret")));
        Assert.False(File.Exists(Path.Combine(_root, "link")));
        Assert.False(File.Exists(Path.Combine(_root, "link2")));
    }

    [Theory]
    [InlineData("/etc")]
    [InlineData("../../../../../../etc")]
    [InlineData("/proc/self/root/etc")]
    public void Unpack_when_a_parent_is_a_symbolic_link_then_it_is_resolved_inside_the_layer(string target)
    {
        Unpack(new LayerBuilder().Link("escape", target).File("escape/troupe-must-not-be-on-the-host", "x"));
        Assert.False(File.Exists("/etc/troupe-must-not-be-on-the-host"));
        Assert.Single(Directory.GetFiles(_root, "troupe-must-not-be-on-the-host", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }));
    }

    [Fact]
    public void Unpack_when_a_symbolic_link_is_replaced_by_a_file_then_its_target_is_untouched()
    {
        var victim = Path.Combine(_base, "victim");
        File.WriteAllText(victim, "before");
        Unpack(new LayerBuilder().Link("f", victim).File("f", "after"));
        Assert.Equal("before", File.ReadAllText(victim));
        Assert.Null(new FileInfo(Path.Combine(_root, "f")).LinkTarget);
        Assert.Equal("after", File.ReadAllText(Path.Combine(_root, "f")));
    }

    [Fact]
    public void Unpack_when_links_go_round_then_refused()
    {
        var failure = Assert.Throws<ImageException>(() => Unpack(new LayerBuilder().Link("a", "b").Link("b", "a").File("a/x")));
        Assert.Contains("too many symbolic links", failure.Message);
    }

    [Fact]
    public void Unpack_when_a_name_is_absolute_then_it_is_inside_the_layer()
    {
        Unpack(new LayerBuilder().File("/troupe-abs", "x").File("./b/./c", "y"));
        Assert.True(File.Exists(Path.Combine(_root, "troupe-abs")));
        Assert.True(File.Exists(Path.Combine(_root, "b/c")));
    }

    [Fact]
    public void Unpack_when_a_parent_is_a_file_then_refused() =>
        Assert.Throws<ImageException>(() => Unpack(new LayerBuilder().File("f").File("f/x")));

    [Fact]
    public void Unpack_when_entries_replace_one_another_then_the_last_counts()
    {
        Unpack(new LayerBuilder()
            .Directory("d").File("d/inner").File("d", "file now")
            .File("e", "file").Directory("e", 0x1C0).File("e/inner", "deep")
            .File("g", "1").File("g", "2")
            .File("h", "1").HardLink("i", "h").File("h", "2"));
        Assert.Equal("file now", Read("d"));
        Assert.Equal("deep", Read("e/inner"));
        Assert.Equal("2", Read("g"));
        Assert.Equal("2", Read("h"));
        Assert.Equal("1", Read("i"));
    }

    [Fact]
    public void Unpack_when_attributes_are_given_then_all_are_set()
    {
        // A version 2 capability set: net_raw effective; bytes above 0x7f that text would destroy.
        byte[] capability = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        byte[] value = [0, 0x80, 0xff, (byte)'\n', (byte)'='];
        Unpack(new LayerBuilder()
            .Directory("d", 0x3FF, 5, 6, mtime: -5)
            .File("d/su", [1, 2], 0x9ED, 0, 0)
            .File("d/owned", [1], 0xDED, 1234, 70000, new TarAttribute("security.capability"u8.ToArray(), capability), new TarAttribute("user.x"u8.ToArray(), value))
            .Link("d/link", "owned")
            .Node("d/null", TarEntryType.CharacterDevice, 1, 3)
            .Node("d/block", TarEntryType.BlockDevice, 259, 1000)
            .Node("d/pipe", TarEntryType.Fifo, 0, 0)
            .HardLink("d/second", "d/su"));

        var directory = Status("d");
        Assert.Equal((FileKind.Directory, 0x3FFu, 5u, 6u, -5L), (directory.Kind, directory.Mode, directory.Uid, directory.Gid, directory.Modified.Seconds));
        Assert.Equal(0x9EDu, Status("d/su").Mode);
        Assert.Equal(2u, Status("d/su").LinkCount);
        Assert.Equal(Status("d/su").Inode, Status("d/second").Inode);
        var owned = Status("d/owned");
        Assert.Equal((0xDEDu, 1234u, 70000u, new FileTime(1000, 123456789)), (owned.Mode, owned.Uid, owned.Gid, owned.Modified));
        using var parent = FileAt.OpenAbsolute(Path.Combine(_root, "d"), OpenFlags.Directory);
        Assert.Equal(capability, FileAt.GetAttribute(parent, "owned"u8, "security.capability"u8));
        Assert.Equal(value, FileAt.GetAttribute(parent, "owned"u8, "user.x"u8));
        Assert.Equal(FileKind.SymbolicLink, Status("d/link").Kind);
        Assert.Equal(1000, Status("d/link").Modified.Seconds);
        Assert.Equal((FileKind.CharacterDevice, 1u, 3u, 0x1B6u), (Status("d/null").Kind, Status("d/null").NodeMajor, Status("d/null").NodeMinor, Status("d/null").Mode));
        Assert.Equal((FileKind.BlockDevice, 259u, 1000u), (Status("d/block").Kind, Status("d/block").NodeMajor, Status("d/block").NodeMinor));
        Assert.Equal(FileKind.Fifo, Status("d/pipe").Kind);
    }

    [Fact]
    public void Unpack_when_an_image_brings_overlays_own_attributes_then_they_are_left_out()
    {
        Unpack(new LayerBuilder().File("f", [1], 0x1A4, 0, 0, new TarAttribute("trusted.overlay.redirect"u8.ToArray(), "/etc"u8.ToArray()),
            new TarAttribute("user.overlay.opaque"u8.ToArray(), "y"u8.ToArray()), new TarAttribute("trusted.mine"u8.ToArray(), "1"u8.ToArray())));
        using var root = FileAt.OpenAbsolute(_root, OpenFlags.Directory);
        Assert.Null(FileAt.GetAttribute(root, "f"u8, "trusted.overlay.redirect"u8));
        Assert.Null(FileAt.GetAttribute(root, "f"u8, "user.overlay.opaque"u8));
        Assert.Equal("1"u8.ToArray(), FileAt.GetAttribute(root, "f"u8, "trusted.mine"u8));
    }

    [Fact]
    public void Unpack_when_there_are_whiteouts_then_they_have_overlays_form()
    {
        var layer = Unpack(new LayerBuilder()
            .Directory("d").File("d/.wh.gone").File("d/kept", "k").File("d/.wh.kept")
            .Directory("o").File("o/new", "n").File("o/.wh..wh..opq")
            .File(".wh.again").Directory("again").File("again/x")
            .Directory("both").File(".wh.both")
            .File(".wh.implied").File("implied/x")
            .File(".wh..wh.plnk"));
        Assert.True(Status("d/gone").IsWhiteout);
        Assert.Equal("k", Read("d/kept"));
        Assert.True(IsOpaque("o"));
        Assert.Equal("n", Read("o/new"));
        Assert.True(IsOpaque("again"));
        Assert.True(IsOpaque("both"));
        Assert.True(IsOpaque("implied"));
        Assert.False(IsOpaque("d"));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(_root), e => Path.GetFileName(e).StartsWith(".wh", StringComparison.Ordinal));
        Assert.Equal(["", "implied"], layer.Implied.Select(LayerPath.Key));
    }

    [Theory]
    [InlineData(".wh.")]
    [InlineData(".wh..")]
    [InlineData(".wh...")]
    public void Unpack_when_a_whiteout_names_nothing_then_refused(string name) =>
        Assert.Throws<ImageException>(() => Unpack(new LayerBuilder().File(name)));

    [Fact]
    public void Unpack_when_the_path_is_deeper_than_what_is_held_open_then_it_works()
    {
        var deep = string.Join('/', Enumerable.Range(0, 200).Select(i => "d" + i));
        Unpack(new LayerBuilder().File(deep + "/f", "deep").File(deep + "/g", "deep2").File("d0/top", "t").HardLink("d0/hard", deep + "/f"));
        Assert.Equal("deep2", Read(deep + "/g"));
        Assert.Equal("deep", Read("d0/hard"));
    }

    [Fact]
    public void Unpack_when_directories_are_not_described_then_lower_layers_say_how_they_are()
    {
        var lower = Path.Combine(_base, "lower");
        Directory.CreateDirectory(lower);
        var upper = new LayerBuilder().File("tmp/f").File("hidden/f").File("own/f").Directory("own", 0x1C0);
        UnpackTo(lower, new LayerBuilder().Directory("./", 0x1C9).Directory("tmp", 0x3FF, 7, 8).Directory("own", 0x3FF));
        var layer = Unpack(upper);
        ImpliedDirectories.Settle(_root, layer.Implied, [lower]);
        Assert.Equal((0x3FFu, 7u, 8u), (Status("tmp").Mode, Status("tmp").Uid, Status("tmp").Gid));
        Assert.Equal(0x1EDu, Status("hidden").Mode);
        Assert.Equal(0x1C0u, Status("own").Mode);
        Assert.Equal(0x1C9u, Status("").Mode);
    }

    [Fact]
    public void Unpack_when_the_tar_is_cut_then_refused()
    {
        var tar = new LayerBuilder().File("f", new byte[5000]).Build();
        using var reader = new TarReader(new MemoryStream(tar[..2000]), keepsRawHeaders: false);
        using var unpacker = new LayerUnpacker(_root);
        Assert.Throws<TarFormatException>(() => unpacker.Unpack(reader, CancellationToken.None));
    }

    [Fact]
    public void Unpack_when_fed_mutated_layers_then_nothing_is_ever_written_outside()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage("seed {0}", seed);
        var random = new Random(seed);
        string[] names = ["a", "b", "a/b", "../x", "a/../..", "/a", ".wh.a", "a/.wh.b", ".wh..wh..opq", "c/d/e", "b/c", "./", ".", "a/.."];
        string[] targets = ["/", "..", "../..", "a", "/etc", "b/../..", "a/b", "/proc/self/cwd"];
        for (var round = 0; round < 300; round++)
        {
            FileTree.Remove(_root);
            Directory.CreateDirectory(_root);
            using var unpacker = new LayerUnpacker(_root);
            for (var i = 0; i < 12; i++)
            {
                var layer = new LayerBuilder();
                var name = names[random.Next(names.Length)];
                switch (random.Next(5))
                {
                    case 0: layer.Directory(name); break;
                    case 1: layer.Link(name, targets[random.Next(targets.Length)]); break;
                    case 2: layer.HardLink(name, names[random.Next(names.Length)]); break;
                    case 3: layer.Node(name, TarEntryType.Fifo, 0, 0); break;
                    default: layer.File(name, "evil"); break;
                }

                try
                {
                    using var reader = new TarReader(new MemoryStream(layer.Build()), keepsRawHeaders: false);
                    unpacker.Unpack(reader, CancellationToken.None);
                }
                catch (Exception e) when (e is ImageException or TarFormatException)
                {
                }

                Assert.True(Directory.GetFileSystemEntries(_base).SequenceEqual([_root]), $"seed {seed}, round {round}");
            }
        }
    }

    [Fact]
    public void Remove_when_the_tree_is_deeper_than_any_stack_then_it_goes()
    {
        var at = FileAt.OpenAbsolute(_root, OpenFlags.Directory);
        for (var i = 0; i < 20_000; i++)
        {
            FileAt.TryMakeDirectory(at, "d"u8, 0x1C0);
            var next = FileAt.Open(at, "d"u8, OpenFlags.Directory);
            at.Dispose();
            at = next;
        }

        at.Dispose();
        FileTree.Remove(_root);
        Assert.False(Directory.Exists(_root));
    }

    private UnpackedLayer Unpack(LayerBuilder layer) => UnpackTo(_root, layer);

    private static UnpackedLayer UnpackTo(string root, LayerBuilder layer)
    {
        using var reader = new TarReader(new MemoryStream(layer.Build()), keepsRawHeaders: false);
        using var unpacker = new LayerUnpacker(root);
        return unpacker.Unpack(reader, CancellationToken.None);
    }

    private string Read(string path) => File.ReadAllText(Path.Combine(_root, path));

    private FileStatus Status(string path)
    {
        using var root = FileAt.OpenAbsolute(_root, OpenFlags.Directory);
        Assert.Equal(default, FileAt.TryStatus(root, Encoding.UTF8.GetBytes(path), out var status));
        return status;
    }

    private bool IsOpaque(string path)
    {
        using var root = FileAt.OpenAbsolute(_root, OpenFlags.Directory);
        return OverlayAttributes.IsOpaque(root, Encoding.UTF8.GetBytes(path));
    }
}
