using System.Diagnostics;
using Troupe.Linux.Bpf;
using Troupe.Linux.Programs;
using Troupe.Runtime.Cgroups;
using Troupe.Runtime.Containers;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Tests.Cgroups;

public sealed class DeviceFilterTests
{
    private const int Mknod = 1;
    private const int Read = 2;
    private const int Write = 4;

    [Theory]
    [InlineData('c', 1, 3, Read | Write, true)] // null
    [InlineData('c', 1, 3, Mknod, true)]
    [InlineData('c', 5, 2, Read, true)] // ptmx
    [InlineData('c', 136, 77, Read | Write, true)] // any pty
    [InlineData('c', 10, 200, Mknod, true)] // a node of any device may be made
    [InlineData('b', 8, 0, Mknod, true)]
    [InlineData('c', 10, 200, Read, false)] // tun
    [InlineData('c', 10, 200, Read | Mknod, false)]
    [InlineData('b', 8, 0, Read, false)] // sda
    [InlineData('b', 1, 3, Read, false)] // numbers of null, but a block device
    [InlineData('c', 10, 229, Read, false)] // fuse
    [InlineData('c', 10, 229, Read | Write | Mknod, false)]
    [InlineData('c', 1, 1, Read, false)] // mem
    public void Default_rules_when_a_device_is_opened_then_decide_as_docker_does(char type, int major, int minor, int access, bool allowed)
    {
        Assert.Equal(allowed, Run(DeviceFilter.Compile(CgroupLimits.WithDefaults(DefaultSpec.DeviceRules())), type, major, minor, access));
    }

    [Fact]
    public void Rules_when_they_overlap_then_the_last_one_decides()
    {
        OciDeviceRule[] rules =
        [
            new() { Allow = true, Type = "c", Major = 1, Minor = 3, Access = "r" },
            new() { Allow = false, Type = "a", Access = "rwm" },
            new() { Allow = true, Type = "c", Major = 1, Access = "rw" },
            new() { Allow = false, Type = "c", Major = 1, Minor = 5, Access = "w" },
        ];
        var filter = DeviceFilter.Compile(rules);
        Assert.True(Run(filter, 'c', 1, 3, Read | Write));
        Assert.False(Run(filter, 'c', 1, 3, Read | Mknod));
        Assert.True(Run(filter, 'c', 1, 5, Read));
        Assert.False(Run(filter, 'c', 1, 5, Read | Write));
        Assert.False(Run(filter, 'c', 2, 3, Read));
    }

    [Fact]
    public void Rules_when_none_denies_all_then_other_devices_stay_allowed()
    {
        var filter = DeviceFilter.Compile([new() { Allow = false, Type = "c", Major = 10, Minor = 229 }]);
        Assert.False(Run(filter, 'c', 10, 229, Read));
        Assert.True(Run(filter, 'c', 10, 200, Read));
        Assert.True(Run(DeviceFilter.Compile([]), 'b', 8, 0, Write));
    }

    [Theory]
    [InlineData("x", "r")]
    [InlineData("c", "rx")]
    public void Rule_when_malformed_then_is_refused(string type, string access)
    {
        Assert.Throws<RuntimeException>(() => DeviceFilter.Compile([new() { Allow = true, Type = type, Access = access }]));
    }

    /// <summary>The kernel's verifier takes the program, and it holds for a process in the cgroup; a second one replaces it.</summary>
    [Fact]
    public void Program_when_set_on_a_cgroup_then_the_kernel_obeys_the_latest()
    {
        var mount = CgroupHierarchies.Detect().First(h => h.IsV2).MountPoint;
        var directory = $"{mount}/trp-test-{Environment.ProcessId}";
        Directory.CreateDirectory(directory);
        try
        {
            using var cgroup = DescriptorFiles.Open(directory, Kernel.O_RDONLY | Kernel.O_DIRECTORY | Kernel.O_CLOEXEC);
            CgroupDevicePrograms.Set(cgroup, DeviceFilter.Compile(CgroupLimits.WithDefaults(DefaultSpec.DeviceRules())));
            Assert.True(CanRead(directory, "/dev/null"));
            CgroupDevicePrograms.Set(cgroup, DeviceFilter.Compile([new() { Allow = false, Access = "rwm" }]));
            Assert.False(CanRead(directory, "/dev/null"));
            Assert.Single(CgroupDevicePrograms.Query(cgroup));
            CgroupDevicePrograms.Set(cgroup, DeviceFilter.Compile([]));
            Assert.True(CanRead(directory, "/dev/null"));
        }
        finally
        {
            Directory.Delete(directory);
        }
    }

    private static bool CanRead(string cgroup, string device)
    {
        // The redirection is done by the shell after it has joined the cgroup; head itself needs no device.
        using var shell = Process.Start("/bin/sh", ["-c", $"echo 0 > {cgroup}/cgroup.procs && head -c 0 < {device} 2>&-"]);
        Assert.True(shell.WaitForExit(30_000), "the shell hangs");
        return shell.ExitCode == 0;
    }

    private static bool Run(ulong[] program, char type, int major, int minor, int access)
    {
        var context = new[] { (access << 16) | (type == 'b' ? 1 : 2), major, minor };
        var registers = new long[11];
        for (var at = 0; ;)
        {
            var word = program[at++];
            var (to, from) = ((int)(word >> 8) & 15, (int)(word >> 12) & 15);
            var (offset, value) = ((short)(word >> 16), (int)(word >> 32));
            switch ((byte)word)
            {
                case 0x61: registers[to] = (uint)context[offset / 4]; break;
                case 0xbf: registers[to] = registers[from]; break;
                case 0xb7: registers[to] = value; break;
                case 0x57: registers[to] &= value; break;
                case 0x77: registers[to] = (long)((ulong)registers[to] >> value); break;
                case 0x15: at += registers[to] == value ? offset : 0; break;
                case 0x55: at += registers[to] != value ? offset : 0; break;
                case 0x95: return registers[0] == 1;
                default: throw new InvalidOperationException($"instruction 0x{(byte)word:x2} at {at - 1}");
            }
        }
    }
}
