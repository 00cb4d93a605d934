using System.Text.Json;
using Troupe.Runtime.Tests.Harness;

namespace Troupe.Runtime.Tests.Verbs;

/// <summary>The verbs, on a real kernel; every test also passes with runc and crun, unless it says why not.</summary>
public sealed class LifecycleTests
{
    public static TheoryData<string> Runtimes => OciRuntime.All;

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Run_when_the_process_ends_then_its_output_and_exit_code_are_passed_on(string name)
    {
        using var runtime = new OciRuntime(name);
        using var bundle = Bundle.Shell("cat; echo err >&2; exit 7").Save();
        var outcome = runtime.Run(bundle, "input\n").Expect(7);
        Assert.Equal("input\n", outcome.Output);
        Assert.Equal("err\n", outcome.Error);
        Assert.Empty(runtime.Leaks());
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Run_when_a_signal_ends_the_process_then_the_exit_code_is_128_and_the_signal(string name)
    {
        using var runtime = new OciRuntime(name);
        using var bundle = Bundle.Shell("echo ready; sleep 60").Save();
        var id = runtime.NewId();
        using var running = runtime.Start(["run", "--bundle", bundle.Path, id]);
        AwaitRunning(runtime, id);
        runtime.Call("kill", id, "KILL").Expect(0);
        running.Wait(TimeSpan.FromSeconds(30)).Expect(137);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Container_when_led_through_its_life_then_state_follows(string name)
    {
        using var runtime = new OciRuntime(name);
        using var bundle = Bundle.Shell("echo started; sleep 60").Save();
        var id = runtime.NewId();
        runtime.CallDetached(bundle["out"], "create", "--bundle", bundle.Path, "--pid-file", bundle["pid"], id).Expect(0);
        var created = runtime.State(id);
        Assert.Equal("created", created.GetProperty("status").GetString());
        Assert.Equal(id, created.GetProperty("id").GetString());
        Assert.Equal(bundle.Path, created.GetProperty("bundle").GetString());
        Assert.Equal(File.ReadAllText(bundle["pid"]).Trim(), created.GetProperty("pid").GetRawText());
        Assert.Equal("", File.ReadAllText(bundle["out"]));

        runtime.Call("start", id).Expect(0);
        runtime.AwaitStatus(id, "running");
        Assert.NotEqual(0, runtime.Call("start", id).ExitCode);
        Assert.NotEqual(0, runtime.Call("delete", id).ExitCode);
        Assert.Contains(id, runtime.Call("list", "-q").Expect(0).Output.Split('\n'));
        var listed = JsonDocument.Parse(runtime.Call("list", "--format", "json").Expect(0).Output).RootElement;
        Assert.Equal("running", listed.EnumerateArray().Single(c => c.GetProperty("id").GetString() == id).GetProperty("status").GetString());

        runtime.Call("kill", id, "KILL").Expect(0);
        runtime.AwaitStatus(id, "stopped");
        Assert.Equal("started\n", File.ReadAllText(bundle["out"]));
        Assert.NotEqual(0, runtime.Call("kill", id, "KILL").ExitCode);
        runtime.Call("delete", id).Expect(0);
        Assert.NotEqual(0, runtime.Call("state", id).ExitCode);
        Assert.DoesNotContain(id, runtime.Call("list", "-q").Expect(0).Output.Split('\n'));
        Assert.Empty(runtime.Leaks());
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Created_container_when_deleted_then_it_never_ran_and_nothing_is_left(string name)
    {
        using var runtime = new OciRuntime(name);
        using var bundle = Bundle.Shell("echo ran").Save();
        var id = runtime.NewId();
        runtime.CallDetached(bundle["out"], "create", "--bundle", bundle.Path, id).Expect(0);
        runtime.Call("delete", "--force", id).Expect(0);
        Assert.Equal("", File.ReadAllText(bundle["out"]));
        Assert.Empty(runtime.Leaks());
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Detached_run_when_it_returns_then_the_container_goes_on(string name)
    {
        using var runtime = new OciRuntime(name);
        using var bundle = Bundle.Shell("sleep 60").Save();
        var id = runtime.NewId();
        runtime.CallDetached(bundle["out"], "run", "--detach", "--bundle", bundle.Path, "--pid-file", bundle["pid"], id).Expect(0);
        Assert.Equal("running", runtime.State(id).GetProperty("status").GetString());
        Assert.True(Directory.Exists("/proc/" + File.ReadAllText(bundle["pid"]).Trim()));
        runtime.Call("delete", "--force", id).Expect(0);
        Assert.Empty(runtime.Leaks());
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Id_when_in_use_then_a_second_container_is_refused_and_the_first_untouched(string name)
    {
        using var runtime = new OciRuntime(name);
        using var bundle = Bundle.Shell("sleep 60").Save();
        var id = runtime.NewId();
        runtime.CallDetached(bundle["out"], "run", "--detach", "--bundle", bundle.Path, id).Expect(0);
        Assert.NotEqual(0, runtime.Call("run", "--bundle", bundle.Path, id).ExitCode);
        Assert.Equal("running", runtime.State(id).GetProperty("status").GetString());
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Exec_when_a_container_runs_then_the_process_is_inside_it(string name)
    {
        using var runtime = new OciRuntime(name);
        using var bundle = Bundle.Shell("echo mark > /tmp/mark; sleep 60");
        bundle.Spec = bundle.Spec with { Hostname = "inside" };
        bundle.Save();
        var id = runtime.NewId();
        runtime.CallDetached(bundle["out"], "run", "--detach", "--bundle", bundle.Path, id).Expect(0);
        AwaitFile(Path.Join(bundle.Root, "tmp/mark"));

        var outcome = runtime.Call(["exec", "--cwd", "/tmp", "--env", "FOO=bar", "--env", "PATH=/bin", "--user", "1000:1001", id, "sh", "-c", "cat mark; cat; hostname; id -u; id -g; echo $FOO; exit 5"], "in\n").Expect(5);
        Assert.Equal("mark\nin\ninside\n1000\n1001\nbar\n", outcome.Output);

        // The same namespaces and cgroup as the init; a process id of the container's own.
        const string show = "for n in cgroup ipc mnt net pid uts; do readlink /proc/$0/ns/$n; done; cat /proc/$0/cgroup";
        Assert.Equal(runtime.Call("exec", id, "sh", "-c", show, "1").Expect(0).Output, runtime.Call("exec", id, "sh", "-c", show, "self").Expect(0).Output);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Exec_when_given_a_process_file_then_follows_it(string name)
    {
        using var runtime = new OciRuntime(name);
        using var bundle = Bundle.Shell("sleep 60").Save();
        var id = runtime.NewId();
        runtime.CallDetached(bundle["out"], "run", "--detach", "--bundle", bundle.Path, id).Expect(0);
        File.WriteAllText(bundle["process.json"], """
            {"terminal":false,"user":{"uid":7,"gid":8,"additionalGids":[9,10]},"args":["sh","-c","id -u; id -g; id -G; grep CapEff /proc/self/status; grep NoNewPrivs /proc/self/status; ulimit -n"],
             "env":["PATH=/bin"],"cwd":"/","capabilities":{"bounding":["CAP_KILL"],"permitted":[],"effective":[],"inheritable":[]},
             "rlimits":[{"type":"RLIMIT_NOFILE","hard":66,"soft":66}],"noNewPrivileges":true}
            """);
        var outcome = runtime.Call("exec", "--process", bundle["process.json"], id).Expect(0);
        Assert.Equal("7\n8\n8 9 10\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\n66\n", outcome.Output);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Exec_when_the_container_is_stopped_or_unknown_then_is_refused(string name)
    {
        using var runtime = new OciRuntime(name);
        using var bundle = new Bundle("true").Save();
        Assert.NotEqual(0, runtime.Call("exec", "no-such", "true").ExitCode);
        var id = runtime.NewId();
        runtime.CallDetached(bundle["out"], "create", "--bundle", bundle.Path, id).Expect(0);
        runtime.Call("start", id).Expect(0);
        runtime.AwaitStatus(id, "stopped");
        Assert.NotEqual(0, runtime.Call("exec", id, "true").ExitCode);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Signal_when_sent_to_all_then_every_process_ends(string name)
    {
        using var runtime = new OciRuntime(name);
        using var bundle = Bundle.Shell("trap '' TERM; sleep 61 & sleep 62 & echo ready; wait; sleep 63").Save();
        var id = runtime.NewId();
        runtime.CallDetached(bundle["out"], "run", "--detach", "--bundle", bundle.Path, id).Expect(0);
        AwaitText(bundle["out"], "ready");
        runtime.Call("kill", "--all", id, "KILL").Expect(0);
        runtime.AwaitStatus(id, "stopped");
        runtime.Call("delete", id).Expect(0);
        Assert.Empty(runtime.Leaks());
    }

    [Fact]
    public void Runtime_when_it_is_killed_while_the_container_runs_then_the_container_and_its_record_stay()
    {
        using var runtime = new OciRuntime(OciRuntime.Troupe);
        using var bundle = Bundle.Shell("echo ready; sleep 60").Save();
        var id = runtime.NewId();
        using var running = runtime.Start(["run", "--bundle", bundle.Path, id]);
        AwaitRunning(runtime, id);
        running.Process.Kill();
        running.Process.WaitForExit();
        Assert.Equal("running", runtime.State(id).GetProperty("status").GetString());
        runtime.Call("delete", "--force", id).Expect(0);
        Assert.Empty(runtime.Leaks());
    }

    internal static void AwaitRunning(OciRuntime runtime, string id)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(30))
        {
            var state = runtime.Call("state", id);
            if (state.ExitCode == 0 && JsonDocument.Parse(state.Output).RootElement.GetProperty("status").GetString() == "running") return;
        }

        Assert.Fail($"{id} does not run");
    }

    internal static void AwaitFile(string path) =>
        Assert.True(SpinWait.SpinUntil(() => File.Exists(path) && new FileInfo(path).Length > 0, TimeSpan.FromSeconds(30)), $"{path} does not come");

    internal static void AwaitText(string path, string text) =>
        Assert.True(SpinWait.SpinUntil(() => File.Exists(path) && File.ReadAllText(path).Contains(text, StringComparison.Ordinal), TimeSpan.FromSeconds(30)), $"{path} does not say {text}");
}
