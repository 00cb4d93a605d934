using System.Text.Json;
using System.Text.Json.Nodes;
using Troupe.Integration.Tests.Harness;
using Troupe.Specs.Runtime;

namespace Troupe.Benchmarks;

/// <summary><c>run</c> of /bin/true from one bundle: our runtime, runc and crun.</summary>
internal static class RuntimeRun
{
    private const int Runs = 60;
    private const double OfRuncMax = 0.5;
    private const double OfCrunMax = 1.3;

    public static async Task<IReadOnlyList<Row>> MeasureAsync() =>
    [
        .. await MeasureAsync("OCI `run` of `/bin/true`, Docker's default specification, mean (min)", WriteDefaultSpec),
        .. await MeasureAsync("the same, as `runc spec` writes it (no seccomp)", WriteRuncSpec),
    ];

    private static async Task<IReadOnlyList<Row>> MeasureAsync(string work, Func<string, Task> writeSpec)
    {
        using var folder = new TempFolder();
        var bin = Directory.CreateDirectory(folder["bundle/rootfs/bin"]).FullName;
        File.Copy(Programs.Find("busybox"), Path.Combine(bin, "busybox"));
        File.CreateSymbolicLink(Path.Combine(bin, "true"), "busybox");
        await writeSpec(folder["bundle"]);
        var times = await Hyperfine.RunAsync(
            Runs, WithoutHybridCgroups(), new Dictionary<string, string?>(),
            Run(Programs.Runtime, folder, "ours"), Run(Programs.Find("runc"), folder, "runc"), Run(Programs.Find("crun"), folder, "crun"));
        var (ours, runc, crun) = (times[0], times[1], times[2]);
        var bar = $"{Figures.Ratio(ours.Mean, runc.Mean)} of runc (at most {OfRuncMax}): {Figures.Verdict(ours.Mean <= OfRuncMax * runc.Mean)}; "
            + $"{Figures.Ratio(ours.Mean, crun.Mean)} of crun (at most {OfCrunMax}): {Figures.Verdict(ours.Mean <= OfCrunMax * crun.Mean)}";
        return
        [
            new Row(work, "troupe-runtime", Shown(ours), bar),
            new Row(work, "runc", Shown(runc)),
            new Row(work, "crun", Shown(crun)),
        ];
    }

    /// <summary>
    /// Debian's crun 1.8 refuses hybrid cgroups with controllers left in the unified hierarchy. All three contenders then run in a mount
    /// namespace without it: the same for all.
    /// </summary>
    private static string[] WithoutHybridCgroups()
    {
        const string unified = "/sys/fs/cgroup/unified";
        if (!Directory.Exists(unified)) return [];
        return ["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", $"umount {unified}; exec \"$0\" \"$@\""];
    }

    private static string Shown(Hyperfine time) => $"{Figures.Milliseconds(time.Mean)} ({Figures.Milliseconds(time.Min)})";

    private static string Run(string runtime, TempFolder folder, string id) =>
        $"{runtime} --root {folder["root-" + id]} run --bundle {folder["bundle"]} bench-{id}-{Environment.ProcessId}";

    private static async Task WriteRuncSpec(string bundle)
    {
        (await Command.RunAsync(Programs.Find("runc"), ["spec", "--bundle", bundle])).ExpectSuccess();
        var path = Path.Combine(bundle, "config.json");
        var spec = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
        spec["process"]!["terminal"] = false;
        spec["process"]!["args"] = new JsonArray("/bin/true");
        await File.WriteAllTextAsync(path, spec.ToJsonString());
    }

    /// <summary>With the default seccomp profile. Debian's peers know neither version 1.2 of the specification nor time namespaces.</summary>
    private static Task WriteDefaultSpec(string bundle)
    {
        var spec = DefaultSpec.Create(HostFacts.Read());
        spec = spec with
        {
            OciVersion = "1.0.2", Process = spec.Process! with { Args = ["/bin/true"], Env = ["PATH=/bin"] },
            Linux = spec.Linux! with { Namespaces = [.. spec.Linux.Namespaces!.Where(n => n.Type != "time")] },
        };
        return File.WriteAllBytesAsync(Path.Combine(bundle, "config.json"), JsonSerializer.SerializeToUtf8Bytes(spec, OciJson.Default.OciSpec));
    }
}
