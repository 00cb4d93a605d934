using Troupe.Runtime.Security;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Tests.Security;

public sealed class SeccompCacheTests : IDisposable
{
    private readonly string _folder = Path.Join(Directory.CreateTempSubdirectory("trp-seccomp-").FullName, "cache");

    private static readonly OciSeccomp s_profile = new()
    {
        DefaultAction = "SCMP_ACT_ERRNO",
        Syscalls = [new OciSyscallRule { Names = ["read", "write"], Action = "SCMP_ACT_ALLOW" }],
    };

    private string TheFile => Assert.Single(Directory.GetFiles(_folder));

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Fact]
    public void Filter_when_compiled_twice_then_is_taken_from_the_private_cache()
    {
        var first = SeccompCompiler.Compile(s_profile, _folder);
        var written = File.GetLastWriteTimeUtc(TheFile);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder));
        Assert.Equal(first, SeccompCache.For(s_profile, _folder).TryRead());
        Assert.Equal(first, SeccompCompiler.Compile(s_profile, _folder));
        Assert.Equal(written, File.GetLastWriteTimeUtc(TheFile));
        Assert.Equal(SeccompCompiler.Compile(s_profile), first);
    }

    [Fact]
    public void Profiles_when_they_differ_anywhere_then_never_share_a_filter()
    {
        OciSyscallRule rule = s_profile.Syscalls![0];
        OciSeccomp[] others =
        [
            s_profile with { DefaultAction = "SCMP_ACT_KILL" },
            s_profile with { DefaultErrnoRet = 1 },
            s_profile with { Architectures = ["SCMP_ARCH_X86_64"] },
            s_profile with { Syscalls = [rule with { Names = ["read"] }, rule with { Names = ["write"] }] },
            s_profile with { Syscalls = [rule with { Names = ["rea", "dwrite"] }] },
            s_profile with { Syscalls = [rule with { ErrnoRet = 2 }] },
            s_profile with { Syscalls = [rule with { Args = [new OciSyscallArg(0, 1, 0, "SCMP_CMP_EQ")] }] },
            s_profile with { Syscalls = [rule with { Args = [new OciSyscallArg(0, 1, 0, "SCMP_CMP_NE")] }] },
        ];
        SeccompCompiler.Compile(s_profile, _folder);
        foreach (var other in others) Assert.Null(SeccompCache.For(other, _folder).TryRead());
    }

    [Fact]
    public void File_when_cut_off_or_changed_at_any_byte_then_is_compiled_anew()
    {
        var expected = SeccompCompiler.Compile(s_profile, _folder);
        var good = File.ReadAllBytes(TheFile);
        for (var i = 0; i < good.Length; i++)
        {
            var bad = (byte[])good.Clone();
            bad[i] ^= 0x40;
            File.WriteAllBytes(TheFile, bad);
            Assert.Null(SeccompCache.For(s_profile, _folder).TryRead());
            File.WriteAllBytes(TheFile, good[..i]);
            Assert.Null(SeccompCache.For(s_profile, _folder).TryRead());
        }

        Assert.Equal(expected, SeccompCompiler.Compile(s_profile, _folder));
        Assert.Equal(good, File.ReadAllBytes(TheFile));
    }

    [Fact]
    public void Cache_when_it_cannot_be_written_then_compiling_works_all_the_same()
    {
        File.WriteAllText(_folder, "a file where the directory should be");
        Assert.NotEmpty(SeccompCompiler.Compile(s_profile, _folder));
        File.Delete(_folder);
    }
}
