using System.Globalization;
using System.Text;
using Troupe.Containers.Shims;
using Troupe.Integration.Tests.Harness;
using Troupe.Linux.Processes;
using Troupe.Specs.Shim;

namespace Troupe.Integration.Tests.Shim;

public sealed class ContainerShimTests : IAsyncLifetime
{
    private readonly ShimLab _lab = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task Container_when_run_through_the_shim_then_streams_log_exit_and_cleanup_are_right()
    {
        var config = await _lab.ConfigAsync(["/bin/sh", "-c", "echo hello; echo oops >&2; exit 42"]);
        await using var shim = await _lab.StartAsync(config);
        var created = await shim.CreateAsync(ShimLab.Soon);
        Assert.Equal((ShimTaskStatus.Created, PidFds.StartTime(created.Pid)), (created.Status, (ulong?)created.PidStartTime));
        await using var client = await shim.AttachAsync("", ShimLab.Everything with { Stdin = false }, ShimLab.Soon);
        await shim.StartAsync(ShimLab.Soon);
        var output = await ShimLab.ReadAllAsync(client);
        Assert.Contains("hello\n", output, StringComparison.Ordinal);
        Assert.Contains("oops\n", output, StringComparison.Ordinal);
        var exit = await shim.Exited.WaitAsync(ShimLab.Soon);
        Assert.Equal((42, 0, false, 6, 5), (exit.ExitCode, exit.Signal, exit.OomKilled, exit.StdoutBytes, exit.StderrBytes));
        Assert.Equal(exit, _lab.Launcher.ReadExit(config.RunDirectory));
        Assert.Equal(2, File.ReadAllLines(config.LogPath).Length);
        await shim.DeleteAsync(ShimLab.Soon);
        Assert.False(Directory.Exists(Path.Combine(config.RuntimeRoot, config.Id)));
    }

    [Theory]
    [InlineData("/no/such", 2, 127)]
    [InlineData("/plain", 13, 126)]
    public async Task Start_when_the_command_can_not_be_executed_then_errno_and_exit_code_are_dockers(string command, int errno, int code)
    {
        var config = await _lab.ConfigAsync([command]);
        await using var shim = await _lab.StartAsync(config);
        var failure = await Assert.ThrowsAsync<ShimException>(async () =>
        {
            await shim.CreateAsync(ShimLab.Soon);
            await shim.StartAsync(ShimLab.Soon);
        });
        Assert.Equal((errno, code), (failure.Errno, failure.ExitCode));
        Assert.Contains(command, failure.Message, StringComparison.Ordinal);
        await shim.DeleteAsync(ShimLab.Soon);
        Assert.False(Directory.Exists(Path.Combine(config.RuntimeRoot, config.Id)));
    }

    [Fact]
    public async Task Terminal_when_resized_then_the_process_sees_the_size_and_input_is_echoed()
    {
        var config = await _lab.ConfigAsync(["/bin/sh", "-c", "read go; stty size; exit 5"], terminal: true, stdin: true);
        await using var shim = await _lab.RunAsync(config);
        await using var client = await shim.AttachAsync("", ShimLab.Everything, ShimLab.Soon);
        await shim.ResizeAsync("", 33, 77, ShimLab.Soon);
        await client.WriteStdinAsync("go\n"u8.ToArray(), ShimLab.Soon);
        Assert.Equal("go\r\n33 77\r\n", await ShimLab.ReadAllAsync(client));
        Assert.Equal(5, (await shim.Exited.WaitAsync(ShimLab.Soon)).ExitCode);
    }

    [Fact]
    public async Task Exec_when_run_with_and_without_terminal_then_streams_and_codes_are_its_own()
    {
        await using var shim = await _lab.RunAsync(await _lab.ConfigAsync(["/bin/sleep", "1000"]));
        var plain = await shim.ExecAsync(Exec("plain", "cat; exit 3", terminal: false), ShimLab.Soon);
        Assert.True(plain.Running);
        await using (var client = await shim.AttachAsync("plain", ShimLab.Everything, ShimLab.Soon))
        {
            await client.WriteStdinAsync("typed"u8.ToArray(), ShimLab.Soon);
            await client.CloseStdinAsync(ShimLab.Soon);
            Assert.Equal("typed", await ShimLab.ReadAllAsync(client));
        }
        Assert.Equal(3, (await shim.WaitExecAsync("plain", ShimLab.Soon)).ExitCode);

        await shim.ExecAsync(Exec("tty", "read go; stty size; exit 4", terminal: true), ShimLab.Soon);
        await using (var client = await shim.AttachAsync("tty", ShimLab.Everything, ShimLab.Soon))
        {
            await shim.ResizeAsync("tty", 20, 40, ShimLab.Soon);
            await client.WriteStdinAsync("x\n"u8.ToArray(), ShimLab.Soon);
            Assert.Equal("x\r\n20 40\r\n", await ShimLab.ReadAllAsync(client));
        }
        Assert.Equal(4, (await shim.WaitExecAsync("tty", ShimLab.Soon)).ExitCode);

        await shim.ExecAsync(Exec("long", "sleep 1000", terminal: false), ShimLab.Soon);
        await shim.KillExecAsync("long", 9, ShimLab.Soon);
        Assert.Equal(137, (await shim.WaitExecAsync("long", ShimLab.Soon)).ExitCode);
        var missing = new ShimExec("missing", Process("/no/such"), Terminal: false, StdinOpen: false, HoldOutput: false);
        Assert.Equal(2, (await Assert.ThrowsAsync<ShimException>(() => shim.ExecAsync(missing, ShimLab.Soon))).Errno);
        Assert.Equal(ShimTaskStatus.Running, (await shim.GetStateAsync(ShimLab.Soon)).Status);
        await shim.KillAsync(9, all: true, ShimLab.Soon);
        Assert.Equal(137, (await shim.Exited.WaitAsync(ShimLab.Soon)).ExitCode);
    }

    [Fact]
    public async Task Shim_when_its_client_is_gone_then_goes_on_and_is_found_again_with_the_same_process()
    {
        var config = await _lab.ConfigAsync(["/bin/sh", "-c", "echo ready; read go; exit 9"], stdin: true);
        var first = await _lab.RunAsync(config);
        var before = await first.GetStateAsync(ShimLab.Soon);
        await first.DisposeAsync();
        await using var second = (await _lab.Launcher.ConnectAsync(config.RunDirectory, ShimLab.Soon))!;
        var after = await second.GetStateAsync(ShimLab.Soon);
        Assert.Equal((before.Pid, before.PidStartTime, ShimTaskStatus.Running), (after.Pid, after.PidStartTime, after.Status));
        await using var client = await second.AttachAsync("", ShimLab.Everything, ShimLab.Soon);
        await ShimLab.ReadUntilAsync(client, "ready\n");
        await client.WriteStdinAsync("go\n"u8.ToArray(), ShimLab.Soon);
        Assert.Equal(9, (await second.Exited.WaitAsync(ShimLab.Soon)).ExitCode);
    }

    [Fact]
    public async Task Shim_when_killed_then_clean_ends_the_container_too()
    {
        var config = await _lab.ConfigAsync(["/bin/sleep", "1000"]);
        await using var shim = await _lab.RunAsync(config);
        var state = await shim.GetStateAsync(ShimLab.Soon);
        Assert.True(ShimPid.TryParse(File.ReadAllText(Path.Combine(config.RunDirectory, ShimPid.FileName)), out var pid));
        using (var process = PidFds.Open(pid.Pid)) PidFds.Signal(process, 9);
        await Assert.ThrowsAsync<ShimException>(() => shim.Exited.WaitAsync(ShimLab.Soon));
        Assert.Null(await _lab.Launcher.ConnectAsync(config.RunDirectory, ShimLab.Soon));
        await _lab.Launcher.CleanAsync(config.Id, config.RunDirectory, ShimLab.Soon);
        Assert.NotEqual(state.PidStartTime, PidFds.StartTime(state.Pid));
        Assert.False(Directory.Exists(config.RunDirectory));
    }

    [Fact]
    public async Task Memory_when_it_runs_out_then_the_kill_is_noticed_and_recorded()
    {
        var config = await _lab.ConfigAsync(["/bin/sh", "-c", "read go; exec head -c 200000000 /dev/zero | tail -c 150000000"], stdin: true, memoryMax: 20_000_000);
        File.CreateSymbolicLink(Path.Combine(_lab.Root, "rootfs/bin/tail"), "busybox");
        await using var shim = await _lab.RunAsync(config);
        var noticed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        shim.OutOfMemory += () => noticed.TrySetResult();
        var stats = await shim.GetStatsAsync(ShimLab.Soon);
        Assert.InRange(stats[ShimStat.MemoryLimitBytes], 19_900_000UL, 20_000_000UL);
        Assert.True(stats[ShimStat.MemoryUsageBytes] > 0 && stats[ShimStat.CpuUsageNs] > 0 && stats[ShimStat.PidsCurrent] >= 1);
        await using var client = await shim.AttachAsync("", ShimLab.Everything with { Stdout = false }, ShimLab.Soon);
        await client.WriteStdinAsync("\n"u8.ToArray(), ShimLab.Soon);
        await noticed.Task.WaitAsync(ShimLab.Soon);
        var exit = await shim.Exited.WaitAsync(ShimLab.Soon);
        Assert.True(exit.OomKilled);
    }

    [Fact]
    public async Task Shims_when_fifty_run_then_each_is_under_1200_kib_of_memory()
    {
        const int count = 50;
        var connections = new List<IShimConnection>();
        var pids = new List<int>();
        for (var i = 0; i < count; i++)
        {
            var config = await _lab.ConfigAsync(["/bin/sh", "-c", "echo started; exec sleep 1000"]);
            connections.Add(await _lab.RunAsync(config));
            Assert.True(ShimPid.TryParse(File.ReadAllText(Path.Combine(config.RunDirectory, ShimPid.FileName)), out var pid));
            pids.Add(pid.Pid);
        }
        await Poll.UntilAsync("50 shims settled under 1,200 KiB each", TimeSpan.FromSeconds(20), () => pids.Max(PssKiB) < 1200);
        TestContext.Current.TestOutputHelper?.WriteLine($"PSS per shim: {pids.Average(PssKiB):0} KiB");
        foreach (var connection in connections) await connection.DisposeAsync();
    }

    private static double PssKiB(int pid) => File.ReadLines($"/proc/{pid}/smaps_rollup").Where(l => l.StartsWith("Pss:", StringComparison.Ordinal))
        .Select(l => double.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)).Single();

    private static ShimExec Exec(string id, string script, bool terminal) =>
        new(id, Process("/bin/sh", "-c", script), terminal, StdinOpen: true, HoldOutput: true);

    private static byte[] Process(params string[] arguments) => Encoding.UTF8.GetBytes(new System.Text.Json.Nodes.JsonObject
    {
        ["args"] = new System.Text.Json.Nodes.JsonArray([.. arguments.Select(a => (System.Text.Json.Nodes.JsonNode)a)]),
        ["cwd"] = "/",
        ["env"] = new System.Text.Json.Nodes.JsonArray("PATH=/bin"),
        ["user"] = new System.Text.Json.Nodes.JsonObject { ["uid"] = 0, ["gid"] = 0 },
    }.ToJsonString());
}
