using System.Text.Json;
using Troupe.Runtime.Tests.Harness;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Tests.Verbs;

/// <summary>Each is a clear error, exit code 1, and leaves nothing behind.</summary>
public sealed class BadInputTests
{
    public static TheoryData<string> OursAndRunc => [OciRuntime.Troupe, "runc"];

    [Theory]
    [MemberData(nameof(OursAndRunc))]
    public void Command_when_not_in_the_path_then_the_error_is_that_which_docker_looks_for(string name)
    {
        Expect(name, new Bundle("no-such-command"), "exec: \"no-such-command\": executable file not found in $PATH");
    }

    [Theory]
    [MemberData(nameof(OursAndRunc))]
    public void Command_when_its_path_is_missing_then_the_error_says_so(string name)
    {
        Expect(name, new Bundle("/bin/none"), "no such file or directory");
    }

    [Theory]
    [MemberData(nameof(OursAndRunc))]
    public void Command_when_not_executable_then_permission_is_denied(string name)
    {
        var bundle = new Bundle("/data/file");
        File.WriteAllText(Path.Join(bundle.Root, "data/file"), "no program");
        Expect(name, bundle, "permission denied");
    }

    [Theory]
    [MemberData(nameof(OursAndRunc))]
    public void Command_when_a_directory_then_permission_is_denied(string name)
    {
        Expect(name, new Bundle("/data"), "permission denied");
    }

    [Theory]
    [MemberData(nameof(OursAndRunc))]
    public void Bundle_when_without_configuration_then_the_error_names_it(string name)
    {
        using var runtime = new OciRuntime(name);
        using var bundle = new Bundle("true");
        Assert.Contains("config.json", runtime.Call("run", "--bundle", bundle.Path, runtime.NewId()).Expect(1).Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(OursAndRunc))]
    public void Source_when_a_bind_mount_has_none_then_the_container_is_refused(string name)
    {
        var bundle = new Bundle("true");
        bundle.Spec = bundle.Spec with { Mounts = [.. bundle.Spec.Mounts!, new OciMount { Destination = "/x", Type = "bind", Source = "/no/such/source", Options = ["bind"] }] };
        Expect(name, bundle, "no such file or directory");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"ociVersion\":\"1.0.2\"}")]
    [InlineData("{\"ociVersion\":\"1.0.2\",\"process\":{\"args\":[]},\"root\":{\"path\":\"rootfs\"}}")]
    [InlineData("{\"ociVersion\":\"1.0.2\",\"process\":{\"args\":\"sh\"}}")]
    [InlineData("{\"ociVersion\":\"1.0.2\",\"process\":{\"args\":[\"true\"],\"cwd\":\"relative\"},\"root\":{\"path\":\"rootfs\"}}")]
    public void Configuration_when_malformed_then_is_refused(string json)
    {
        using var runtime = new OciRuntime(OciRuntime.Troupe);
        using var bundle = new Bundle("true");
        File.WriteAllText(bundle["config.json"], json);
        var outcome = runtime.Call("run", "--bundle", bundle.Path, runtime.NewId()).Expect(1);
        Assert.Contains("level=error", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
        Assert.Empty(runtime.Leaks());
    }

    public static TheoryData<string, Action<object>> Changes => new()
    {
        { "unknown namespace", b => Change(b, l => l with { Namespaces = [.. l.Namespaces!, new OciNamespace("solar")] }) },
        { "namespace twice", b => Change(b, l => l with { Namespaces = [.. l.Namespaces!, new OciNamespace("pid")] }) },
        { "namespace path missing", b => Change(b, l => l with { Namespaces = [.. l.Namespaces!.Where(n => n.Type != "network"), new OciNamespace("network", "/no/such/ns")] }) },
        { "unknown sysctl", b => Change(b, l => l with { Sysctl = new() { ["net.no_such_thing"] = "1" } }) },
        { "unknown seccomp action", b => Change(b, l => l with { Seccomp = l.Seccomp! with { DefaultAction = "SCMP_ACT_PERHAPS" } }) },
        { "unknown rlimit", b => ((Bundle)b).Process = ((Bundle)b).Process with { Rlimits = [new OciRlimit("RLIMIT_PATIENCE", 1, 1)] } },
        { "rlimit above the hard limit of the kernel", b => ((Bundle)b).Process = ((Bundle)b).Process with { Rlimits = [new OciRlimit("RLIMIT_NOFILE", ulong.MaxValue - 1, ulong.MaxValue - 1)] } },
        { "unknown capability", b => ((Bundle)b).Process = ((Bundle)b).Process with { Capabilities = new OciCapabilities { Bounding = ["CAP_FLY"] } } },
        { "root missing", b => ((Bundle)b).Spec = ((Bundle)b).Spec with { Root = new OciRoot("nowhere", false) } },
        { "unknown file system", b => ((Bundle)b).Spec = ((Bundle)b).Spec with { Mounts = [new OciMount { Destination = "/x", Type = "nofs", Source = "x" }] } },
        { "argument with a NUL", b => ((Bundle)b).Process = ((Bundle)b).Process with { Args = ["true", "a\0b"] } },
        { "memory limit of one byte text", b => Change(b, l => l with { Resources = l.Resources! with { Cpu = new OciCpu { Cpus = "not-a-list" } } }) },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Configuration_when_it_asks_for_what_cannot_be_then_is_refused_and_nothing_is_left(string what, Action<object> change)
    {
        using var runtime = new OciRuntime(OciRuntime.Troupe);
        using var bundle = new Bundle("true");
        change(bundle);
        var outcome = runtime.Run(bundle.Save());
        Assert.True(outcome.ExitCode == 1, $"{what}: exit code {outcome.ExitCode}\n{outcome.Error}");
        Assert.Contains("level=error", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
        Assert.Empty(runtime.Leaks());
    }

    [Theory]
    [InlineData("../up")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("id with space")]
    public void Id_when_not_a_name_then_is_refused(string id)
    {
        using var runtime = new OciRuntime(OciRuntime.Troupe);
        using var bundle = new Bundle("true").Save();
        foreach (var words in (string[][])[["run", "--bundle", bundle.Path, id], ["state", id], ["kill", id], ["delete", "--force", id], ["exec", id, "true"], ["start", id]])
        {
            runtime.Call(words).Expect(1);
        }
    }

    [Theory]
    [InlineData("fly")]
    [InlineData("--no-such-option")]
    [InlineData("run")]
    [InlineData("run", "--no-such-option", "x")]
    [InlineData("state")]
    [InlineData("state", "no-such-container")]
    [InlineData("kill", "no-such-container")]
    [InlineData("delete", "no-such-container")]
    [InlineData("start", "no-such-container")]
    [InlineData("list", "--format", "xml")]
    [InlineData("--systemd-cgroup", "list")]
    public void Words_when_wrong_then_the_exit_code_is_one_and_the_reason_is_told(params string[] words)
    {
        using var runtime = new OciRuntime(OciRuntime.Troupe);
        Assert.NotEmpty(runtime.Call(words).Expect(1).Error);
    }

    [Fact]
    public void Log_when_asked_for_in_json_then_a_failure_is_one_parsable_line()
    {
        using var runtime = new OciRuntime(OciRuntime.Troupe);
        using var bundle = new Bundle("true");
        runtime.Call("--log", bundle["log"], "--log-format", "json", "state", "none").Expect(1);
        var line = JsonDocument.Parse(Assert.Single(File.ReadAllLines(bundle["log"]))).RootElement;
        Assert.Equal("error", line.GetProperty("level").GetString());
        Assert.Contains("does not exist", line.GetProperty("msg").GetString(), StringComparison.Ordinal);
        Assert.True(line.GetProperty("time").TryGetDateTimeOffset(out _));
    }

    private static void Change(object bundle, Func<OciLinux, OciLinux> change) => ((Bundle)bundle).Linux = change(((Bundle)bundle).Linux);

    private static void Expect(string name, Bundle bundle, string text)
    {
        using (bundle)
        {
            using var runtime = new OciRuntime(name);
            Assert.Contains(text, runtime.Run(bundle.Save()).Expect(1).Error.Replace("\\\"", "\"", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.Empty(runtime.Leaks());
        }
    }
}
