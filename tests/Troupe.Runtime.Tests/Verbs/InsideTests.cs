using Troupe.Runtime.Tests.Harness;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Tests.Verbs;

/// <summary>What a process sees and may do in a container of the default configuration.</summary>
public sealed class InsideTests
{
    public static TheoryData<string> Runtimes => OciRuntime.All;

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Process_when_it_looks_around_then_it_is_alone(string name)
    {
        using var bundle = Bundle.Shell("echo $$; hostname; id; ls /proc | grep -c '^[0-9]'; ip -o link | wc -l; ip -o addr show lo | head -1 | grep -c 127.0.0.1; pwd; echo $HOME");
        bundle.Spec = bundle.Spec with { Hostname = "box" };
        bundle.Process = bundle.Process with { Cwd = "/data", User = new OciUser { AdditionalGids = [5, 6] } };
        using var runtime = new OciRuntime(name);
        var lines = runtime.Run(bundle.Save()).Expect(0).Output.Split('\n');
        Assert.Equal(["1", "box"], lines[..2]);
        Assert.StartsWith("uid=0 gid=0", lines[2], StringComparison.Ordinal);
        Assert.Contains("5", lines[2], StringComparison.Ordinal);
        Assert.InRange(int.Parse(lines[3], System.Globalization.CultureInfo.InvariantCulture), 1, 4);
        Assert.Equal(["1", "1", "/data", "/"], lines[4..8]);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Cgroup_namespace_when_asked_for_then_its_root_is_the_container_s_own_group(string name)
    {
        using var bundle = Bundle.Shell("cut -d: -f3 /proc/self/cgroup | sort -u; readlink /proc/self/ns/cgroup");
        bundle.Linux = bundle.Linux with { Namespaces = [.. bundle.Linux.Namespaces!.Where(n => n.Type != "cgroup"), new OciNamespace("cgroup")] };
        using var runtime = new OciRuntime(name);
        var lines = runtime.Run(bundle.Save()).Expect(0).Output.Split('\n');
        Assert.Equal("/", lines[0]);
        Assert.StartsWith("cgroup:[", lines[1], StringComparison.Ordinal);
        Assert.NotEqual(new FileInfo("/proc/self/ns/cgroup").LinkTarget, lines[1]);
    }

    [Theory]
    [InlineData(OciRuntime.Troupe)]
    [InlineData("runc")]
    public void User_namespace_when_mapped_then_root_inside_is_nobody_outside(string name)
    {
        using var bundle = Bundle.Shell("id -u; id -g; tr -s ' ' < /proc/self/uid_map; grep CapEff /proc/self/status; echo x > /dev/null; hostname");
        OciIdMapping[] map = [new OciIdMapping(0, 100_000, 65_536)];
        bundle.Linux = bundle.Linux with { Namespaces = [.. bundle.Linux.Namespaces!, new OciNamespace("user")], UidMappings = map, GidMappings = map, Sysctl = null };
        bundle.Spec = bundle.Spec with { Hostname = "mapped" };
        // The mapped root goes through the bundle as a stranger and owns its root.
        File.SetUnixFileMode(bundle.Path, File.GetUnixFileMode(bundle.Path) | UnixFileMode.OtherExecute);
        using (var chown = System.Diagnostics.Process.Start("chown", ["-hR", "100000:100000", bundle.Root])) Assert.True(chown.WaitForExit(30_000) && chown.ExitCode == 0);
        using var runtime = new OciRuntime(name);
        Assert.Equal("0\n0\n 0 100000 65536\nCapEff:\t00000000a80425fb\nmapped\n", runtime.Run(bundle.Save()).Expect(0).Output);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Rights_when_root_then_are_the_fourteen_capabilities(string name)
    {
        using var bundle = Bundle.Shell("grep -E '^(Cap|NoNew|Seccomp:)' /proc/self/status");
        using var runtime = new OciRuntime(name);
        Assert.Equal("CapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t2\n",
            runtime.Run(bundle.Save()).Expect(0).Output);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Rights_when_another_user_then_are_bounding_only(string name)
    {
        using var bundle = Bundle.Shell("grep -E '^(Cap|NoNew)' /proc/self/status; id -u; id -g");
        bundle.Process = bundle.Process with
        {
            User = new OciUser { Uid = 1000, Gid = 100 }, Capabilities = DefaultSpec.CapabilitySets(DefaultSpec.Capabilities(), isRoot: false), NoNewPrivileges = true,
        };
        using var runtime = new OciRuntime(name);
        Assert.Equal("CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n1000\n100\n",
            runtime.Run(bundle.Save()).Expect(0).Output);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Ambient_capabilities_when_asked_for_then_reach_a_process_that_is_not_root(string name)
    {
        using var bundle = Bundle.Shell("grep -E '^Cap(Eff|Amb)' /proc/self/status");
        string[] one = ["CAP_NET_BIND_SERVICE"];
        bundle.Process = bundle.Process with
        {
            User = new OciUser { Uid = 1000, Gid = 100 }, Capabilities = new OciCapabilities { Bounding = one, Permitted = one, Effective = one, Inheritable = one, Ambient = one },
        };
        using var runtime = new OciRuntime(name);
        Assert.Equal("CapEff:\t0000000000000400\nCapAmb:\t0000000000000400\n", runtime.Run(bundle.Save()).Expect(0).Output);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Forbidden_things_when_tried_then_all_fail(string name)
    {
        using var bundle = Bundle.Shell("""
            try() { "$@" >/dev/null 2>/tmp/error && echo "SUCCEEDED $*"; }
            try mount -t tmpfs none /data
            try mount -o remount,rw /proc/sys
            try umount /proc/keys
            try unshare -U true
            try unshare -m true
            try chroot /data/none true
            try sh -c 'echo x > /proc/sys/kernel/hostname'
            try sh -c 'echo x > /proc/sysrq-trigger'
            try sh -c 'echo x > /sys/kernel/uevent_seqnum'
            mknod /tmp/mem c 1 1 && try cat /tmp/mem
            mknod /tmp/fuse c 10 229 2>/tmp/error && try head -c 1 /tmp/fuse
            try hostname other
            [ -z "$(head -c 1 /proc/keys)" ] || echo keys shown
            [ -z "$(head -c 1 /proc/timer_list)" ] || echo timers shown
            [ -z "$(ls /sys/firmware)" ] || echo firmware shown
            try touch /sys/firmware/x
            try touch /proc/acpi/x
            echo done
            """);
        using var runtime = new OciRuntime(name);
        Assert.Equal("done\n", runtime.Run(bundle.Save()).Expect(0).Output);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Devices_when_listed_then_are_the_default_ones_and_work(string name)
    {
        using var bundle = Bundle.Shell("""
            cd /dev; for d in null zero full random urandom tty; do stat -c '%n %a %t:%T' $d; done
            for l in fd stdin stdout stderr ptmx; do echo "$l $(readlink $l)"; done
            head -c 3 zero | wc -c; head -c 3 urandom | wc -c; echo lost > null; stat -f -c %T /dev/shm; stat -c %a /dev/shm; ls mqueue pts | wc -l
            """);
        using var runtime = new OciRuntime(name);
        Assert.Equal(
            "null 666 1:3\nzero 666 1:5\nfull 666 1:7\nrandom 666 1:8\nurandom 666 1:9\ntty 666 5:0\n" +
            "fd /proc/self/fd\nstdin /proc/self/fd/0\nstdout /proc/self/fd/1\nstderr /proc/self/fd/2\nptmx pts/ptmx\n3\n3\ntmpfs\n1777\n",
            string.Join('\n', runtime.Run(bundle.Save()).Expect(0).Output.Split('\n')[..15]) + "\n");
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Settings_when_given_then_hold_in_the_container(string name)
    {
        using var bundle = Bundle.Shell("ulimit -Sn; ulimit -Hn; ulimit -c; cat /proc/self/oom_score_adj /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/domainname; cat /proc/sys/net/ipv4/ping_group_range | tr '\\t' ' '");
        bundle.Process = bundle.Process with { Rlimits = [new OciRlimit("RLIMIT_NOFILE", 512, 256), new OciRlimit("RLIMIT_CORE", 0, 0)], OomScoreAdj = 321 };
        bundle.Linux = bundle.Linux with { Sysctl = new Dictionary<string, string>(bundle.Linux.Sysctl!) { ["kernel.domainname"] = "example.test" } };
        using var runtime = new OciRuntime(name);
        Assert.Equal("256\n512\n0\n321\n0\nexample.test\n0 2147483647\n", runtime.Run(bundle.Save()).Expect(0).Output);
    }

    /// <summary>A device that every kernel has and that no default rule allows; read with all rules off first, or the refusal would show nothing.</summary>
    [Theory]
    [InlineData(OciRuntime.Troupe)]
    [InlineData(OciRuntime.TroupeDevicesV2)]
    public void Device_when_no_rule_allows_it_then_its_node_can_be_made_but_not_opened(string name)
    {
        using var runtime = new OciRuntime(name);
        using var bundle = Bundle.Shell("mknod /tmp/d c 10 235 && { true < /tmp/d; } 2>/tmp/e && echo opened || cat /tmp/e; head -c 2 /dev/zero | wc -c; rm -f /tmp/d");
        bundle.Linux = bundle.Linux with { Seccomp = null };
        var refused = runtime.Run(bundle.Save()).Output;
        Assert.Contains("Operation not permitted", refused, StringComparison.Ordinal);
        Assert.EndsWith("\n2\n", refused, StringComparison.Ordinal);
        bundle.Linux = bundle.Linux with { Resources = new OciResources { Devices = [new OciDeviceRule { Allow = true, Access = "rwm" }] } };
        Assert.Equal("opened\n2\n", runtime.Run(bundle.Save()).Output);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Limits_when_given_then_are_written_to_the_cgroup(string name)
    {
        using var bundle = Bundle.Shell("cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.shares /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/cpuset/cpuset.cpus; sort /sys/fs/cgroup/devices/devices.list | head -1");
        bundle.Linux = bundle.Linux with
        {
            Resources = bundle.Linux.Resources! with
            {
                Memory = new OciMemory { Limit = 64 << 20 }, Cpu = new OciCpu { Shares = 512, Quota = 50_000, Period = 100_000, Cpus = "0" }, Pids = new OciPids(33),
            },
        };
        using var runtime = new OciRuntime(name);
        Assert.Equal("67108864\n512\n50000\n33\n0\nb *:* m\n", runtime.Run(bundle.Save()).Expect(0).Output);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Root_when_read_only_then_only_mounts_can_be_written(string name)
    {
        using var bundle = Bundle.Shell("touch /data/x 2>/dev/null && echo written; touch /dev/shm/x && echo shm");
        bundle.Spec = bundle.Spec with { Root = new OciRoot("rootfs", Readonly: true) };
        using var runtime = new OciRuntime(name);
        Assert.Equal("shm\n", runtime.Run(bundle.Save()).Expect(0).Output);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Bind_mounts_when_given_then_show_the_source_with_their_options(string name)
    {
        using var bundle = Bundle.Shell("cat /etc/conf /mnt/deep/f; echo more >> /mnt/deep/f; touch /ro/x 2>/dev/null && echo written; echo x > /etc/conf 2>/dev/null && echo written; true");
        Directory.CreateDirectory(bundle["volume"]);
        File.WriteAllText(bundle["volume/f"], "volume\n");
        File.WriteAllText(bundle["conf"], "conf\n");
        bundle.Spec = bundle.Spec with
        {
            Mounts =
            [
                .. bundle.Spec.Mounts!,
                new OciMount { Destination = "/etc/conf", Type = "bind", Source = bundle["conf"], Options = ["bind", "ro"] },
                new OciMount { Destination = "/mnt/deep", Type = "bind", Source = bundle["volume"], Options = ["rbind", "rprivate"] },
                new OciMount { Destination = "/ro", Type = "bind", Source = bundle["volume"], Options = ["rbind", "ro"] },
            ],
        };
        using var runtime = new OciRuntime(name);
        Assert.Equal("conf\nvolume\n", runtime.Run(bundle.Save()).Expect(0).Output);
        Assert.Equal("volume\nmore\n", File.ReadAllText(bundle["volume/f"]));
        Assert.Equal("conf\n", File.ReadAllText(bundle["conf"]));
    }

    /// <summary>An image can put links where mounts go; nothing outside of its root may be touched (SECURITY rule 1).</summary>
    [Theory]
    [InlineData(OciRuntime.Troupe)]
    [InlineData("runc")]
    public void Mount_point_when_the_image_makes_it_a_link_to_the_host_then_stays_in_the_root(string name)
    {
        using var bundle = Bundle.Shell("cat /etc/link/conf");
        Directory.CreateDirectory(bundle["outside"]);
        File.WriteAllText(bundle["conf"], "conf\n");
        File.CreateSymbolicLink(Path.Join(bundle.Root, "etc/link"), bundle["outside"]);
        bundle.Spec = bundle.Spec with
        {
            Mounts = [.. bundle.Spec.Mounts!, new OciMount { Destination = "/etc/link/conf", Type = "bind", Source = bundle["conf"], Options = ["bind", "ro"] }],
        };
        Directory.CreateDirectory(Path.Join(bundle.Root, bundle["outside"]));
        using var runtime = new OciRuntime(name);
        Assert.Equal("conf\n", runtime.Run(bundle.Save()).Expect(0).Output);
        Assert.Empty(Directory.GetFileSystemEntries(bundle["outside"]));
    }

    [Theory]
    [InlineData(OciRuntime.Troupe)]
    [InlineData("runc")]
    public void Proc_when_the_image_makes_it_a_link_then_the_container_is_refused(string name)
    {
        using var bundle = new Bundle("true");
        Directory.CreateDirectory(Path.Join(bundle.Root, "other"));
        File.CreateSymbolicLink(Path.Join(bundle.Root, "proc"), "other");
        using var runtime = new OciRuntime(name);
        runtime.Run(bundle.Save()).Expect(1);
        Assert.Empty(runtime.Leaks());
    }

    /// <summary>Descriptors of the runtime or of its caller would be a way out of the container (CVE-2024-21626).</summary>
    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Descriptors_when_the_process_starts_then_are_the_three_of_stdio(string name)
    {
        using var bundle = Bundle.Shell("ls /proc/1/fd | tr '\\n' ' '");
        bundle.Process = bundle.Process with { Args = ["ls", "/proc/1/fd"] };
        using var runtime = new OciRuntime(name);
        // 3 is the directory that ls itself reads.
        Assert.Equal("0\n1\n2\n3\n", runtime.Run(bundle.Save()).Expect(0).Output);
    }

    [Fact]
    public void Cwd_when_it_leads_out_of_the_root_then_the_container_is_refused()
    {
        using var runtime = new OciRuntime(OciRuntime.Troupe);
        for (var fd = 3; fd < 12; fd++)
        {
            using var bundle = Bundle.Shell("pwd; ls ..");
            bundle.Process = bundle.Process with { Cwd = $"/proc/self/fd/{fd}" };
            Assert.NotEqual(0, runtime.Run(bundle.Save()).ExitCode);
        }

        Assert.Empty(runtime.Leaks());
    }

    [Fact]
    public void Time_namespace_when_given_offsets_then_the_clocks_are_shifted()
    {
        using var bundle = Bundle.Shell("cat /proc/uptime");
        bundle.Linux = bundle.Linux with
        {
            Namespaces = [.. bundle.Linux.Namespaces!, new OciNamespace("time")],
            TimeOffsets = new Dictionary<string, OciTimeOffset> { ["boottime"] = new(1_000_000, 0), ["monotonic"] = new(1_000_000, 0) },
        };
        using var runtime = new OciRuntime(OciRuntime.Troupe);
        var uptime = runtime.Run(bundle.Save()).Expect(0).Output.Split('.')[0];
        Assert.InRange(long.Parse(uptime, System.Globalization.CultureInfo.InvariantCulture), 1_000_000, 100_000_000);
    }
}
