using System.Text.Json;
using Troupe.Runtime.Tests.Harness;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Tests.Verbs;

public sealed class SpecVerbTests
{
    public static TheoryData<string> Runtimes => OciRuntime.All;

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Spec_when_written_then_runs_after_giving_it_a_command(string name)
    {
        using var runtime = new OciRuntime(name);
        using var bundle = new Bundle("true");
        var before = Directory.GetCurrentDirectory();
        Call(runtime, bundle).Expect(0);
        Assert.Equal(before, Directory.GetCurrentDirectory());
        bundle.Spec = JsonSerializer.Deserialize(File.ReadAllBytes(bundle["config.json"]), OciJson.Default.OciSpec)!;
        Assert.Equal(["sh"], bundle.Process.Args!);
        Assert.True(bundle.Process.Terminal);
        // crun 1.8 knows no later version.
        bundle.Spec = bundle.Spec with { OciVersion = "1.0.2" };
        bundle.Process = bundle.Process with { Args = ["sh", "-c", "grep CapEff /proc/self/status; touch /data/x 2>/dev/null || echo read-only"], Terminal = false, Env = ["PATH=/bin"] };
        Assert.EndsWith("read-only\n", runtime.Run(bundle.Save()).Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Spec_when_there_is_one_already_then_it_is_kept()
    {
        using var runtime = new OciRuntime(OciRuntime.Troupe);
        using var bundle = new Bundle("true");
        File.WriteAllText(bundle["config.json"], "mine");
        Assert.Contains("config.json exists", Call(runtime, bundle).Expect(1).Error, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(bundle["config.json"]));
    }

    [Fact]
    public void Spec_when_rootless_then_maps_the_caller_to_root_and_shares_the_network()
    {
        using var runtime = new OciRuntime(OciRuntime.Troupe);
        using var bundle = new Bundle("true");
        runtime.Call("spec", "--rootless", "--bundle", bundle.Path).Expect(0);
        var spec = JsonSerializer.Deserialize(File.ReadAllBytes(bundle["config.json"]), OciJson.Default.OciSpec)!;
        Assert.Contains(spec.Linux!.Namespaces!, n => n.Type == "user");
        Assert.DoesNotContain(spec.Linux.Namespaces!, n => n.Type == "network");
        Assert.Equal(new OciIdMapping(0, 0, 1), Assert.Single(spec.Linux.UidMappings!));
        Assert.Null(spec.Linux.Resources);
    }

    [Fact]
    public void Features_when_printed_then_have_the_fields_of_the_specification()
    {
        using var runtime = new OciRuntime(OciRuntime.Troupe);
        var features = JsonDocument.Parse(runtime.Call("features").Expect(0).Output).RootElement;
        Assert.Equal("1.0.0", features.GetProperty("ociVersionMin").GetString());
        var linux = features.GetProperty("linux");
        Assert.Equal(["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"], linux.GetProperty("namespaces").EnumerateArray().Select(n => n.GetString()!));
        Assert.Equal(41, linux.GetProperty("capabilities").GetArrayLength());
        Assert.True(linux.GetProperty("seccomp").GetProperty("enabled").GetBoolean());
        Assert.True(linux.GetProperty("cgroup").GetProperty("v1").GetBoolean());
        Assert.Contains("rbind", features.GetProperty("mountOptions").EnumerateArray().Select(o => o.GetString()));
    }

    /// <summary>Every kind of hook that is claimed runs, every other is refused; so is the mount option that is not claimed.</summary>
    [Fact]
    public void Features_when_compared_with_what_happens_then_claim_no_more_and_no_less()
    {
        using var runtime = new OciRuntime(OciRuntime.Troupe);
        var features = JsonDocument.Parse(runtime.Call("features").Expect(0).Output).RootElement;
        var claimed = features.GetProperty("hooks").EnumerateArray().Select(h => h.GetString()!).ToHashSet();
        foreach (var (kind, set) in Kinds)
        {
            using var bundle = new Bundle("true");
            OciHook[] hooks = [new OciHook { Path = "/bin/sh", Args = ["sh", "-c", $"cat > {bundle["ran"]}"] }];
            bundle.Spec = bundle.Spec with { Hooks = set(hooks) };
            var outcome = runtime.Run(bundle.Save());
            Assert.True(claimed.Contains(kind) == (outcome.ExitCode == 0), $"{kind}: {outcome.Error}");
            if (claimed.Contains(kind)) Assert.True(JsonDocument.Parse(File.ReadAllText(bundle["ran"])).RootElement.TryGetProperty("status", out _), kind);
        }

        Assert.DoesNotContain("tmpcopyup", features.GetProperty("mountOptions").EnumerateArray().Select(o => o.GetString()));
    }

    private static readonly (string Kind, Func<OciHook[], OciHooks> Set)[] Kinds =
    [
        ("prestart", h => new OciHooks { Prestart = h }), ("createRuntime", h => new OciHooks { CreateRuntime = h }),
        ("createContainer", h => new OciHooks { CreateContainer = h }), ("startContainer", h => new OciHooks { StartContainer = h }),
        ("poststart", h => new OciHooks { Poststart = h }), ("poststop", h => new OciHooks { Poststop = h }),
    ];

    private static Outcome Call(OciRuntime runtime, Bundle bundle) =>
        // crun writes into the current directory only.
        runtime.Name == "crun" ? InDirectory(bundle.Path) : runtime.Call("spec", "--bundle", bundle.Path);

    private static Outcome InDirectory(string directory)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("crun", ["spec"]) { WorkingDirectory = directory })!;
        Assert.True(process.WaitForExit(30_000), "crun spec hangs");
        return new Outcome("$ crun spec", process.ExitCode, "", "");
    }
}
