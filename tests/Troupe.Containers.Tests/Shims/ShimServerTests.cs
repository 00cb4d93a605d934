using System.Net.Sockets;
using System.Text;
using Troupe.Containers.Shims;
using Troupe.Linux.Processes;
using Troupe.Specs.Shim;
using Troupe.Specs.Streams;

namespace Troupe.Containers.Tests.Shims;

public sealed class ShimServerTests : IAsyncLifetime
{
    private static readonly AttachOptions s_output = new(Stdin: false, Stdout: true, Stderr: true, Replay: true);
    private readonly ShimHome _home = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task Exited_when_the_process_ends_then_the_record_is_on_disk_and_the_log_is_whole()
    {
        var config = ShimHome.Shell(_home, "echo out; echo err >&2; printf tail; exit 7");
        await using var shim = await _home.RunAsync(config);
        var exit = await shim.Exited.WaitAsync(ShimHome.Soon);
        Assert.Equal((7, 0, false), (exit.ExitCode, exit.Signal, exit.OomKilled));
        Assert.Equal((8, 4), (exit.StdoutBytes, exit.StderrBytes));
        Assert.Equal(exit, _home.Launcher.ReadExit(config.RunDirectory));
        Assert.Equal("out\ntail"u8.ToArray(), ShimHome.LogBytes(config, StdStream.Stdout));
        Assert.Equal("err\n"u8.ToArray(), ShimHome.LogBytes(config, StdStream.Stderr));
    }

    [Fact]
    public async Task State_when_moving_through_life_then_follows_and_delete_ends_the_shim()
    {
        var config = ShimHome.Shell(_home, "exec sleep 100");
        await using var shim = await _home.StartAsync(config);
        Assert.Equal(ShimTaskStatus.Empty, (await shim.GetStateAsync(ShimHome.Soon)).Status);
        var created = await shim.CreateAsync(ShimHome.Soon);
        Assert.Equal(ShimTaskStatus.Created, created.Status);
        Assert.Equal(PidFds.StartTime(created.Pid), created.PidStartTime);
        await shim.StartAsync(ShimHome.Soon);
        Assert.Equal(ShimTaskStatus.Running, (await shim.GetStateAsync(ShimHome.Soon)).Status);
        var busy = await Assert.ThrowsAsync<ShimException>(() => shim.DeleteAsync(ShimHome.Soon));
        Assert.Equal(16, busy.Errno);
        await shim.KillAsync(9, all: false, ShimHome.Soon);
        Assert.Equal((137, 9), await shim.Exited.WaitAsync(ShimHome.Soon) is var e ? (e.ExitCode, e.Signal) : default);
        Assert.Equal(ShimTaskStatus.Exited, (await shim.GetStateAsync(ShimHome.Soon)).Status);
        Assert.Equal(3, (await Assert.ThrowsAsync<ShimException>(() => shim.KillAsync(15, false, ShimHome.Soon))).Errno);
        var pid = ShimHome.PidOf(config.RunDirectory)!.Value;
        await shim.DeleteAsync(ShimHome.Soon);
        await Eventually.TrueAsync(() => PidFds.StartTime(pid.Pid) != pid.StartTime);
        Assert.True(File.Exists(Path.Combine(config.Bundle, "deleted")));
        Assert.Null(await _home.Launcher.ConnectAsync(config.RunDirectory, ShimHome.Soon));
        Assert.NotNull(_home.Launcher.ReadExit(config.RunDirectory));
    }

    [Fact]
    public async Task Start_when_the_program_is_missing_then_fails_with_enoent_and_the_exit_is_127()
    {
        await using var shim = await _home.StartAsync(_home.Config(["/no/such/program"]));
        await shim.CreateAsync(ShimHome.Soon);
        Assert.Equal(2, (await Assert.ThrowsAsync<ShimException>(() => shim.StartAsync(ShimHome.Soon))).Errno);
        Assert.Equal(127, (await shim.Exited.WaitAsync(ShimHome.Soon)).ExitCode);
        await shim.DeleteAsync(ShimHome.Soon);
    }

    [Fact]
    public async Task Delete_when_created_and_never_started_then_kills_the_init_and_ends()
    {
        await using var shim = await _home.StartAsync(ShimHome.Shell(_home, "echo never"));
        var state = await shim.CreateAsync(ShimHome.Soon);
        await shim.DeleteAsync(ShimHome.Soon);
        Assert.NotEqual(state.PidStartTime, PidFds.StartTime(state.Pid));
    }

    [Fact]
    public async Task Attach_when_two_clients_come_at_different_times_then_both_get_every_byte_with_its_offset()
    {
        var config = ShimHome.Shell(_home, "for i in 1 2 3 4 5; do echo line $i; done; read go; echo last", stdin: true);
        await using var shim = await _home.StartAsync(config);
        await shim.CreateAsync(ShimHome.Soon);
        await using var early = await shim.AttachAsync("", s_output with { Replay = false }, ShimHome.Soon);
        await shim.StartAsync(ShimHome.Soon);
        var first = await early.ReadAsync(ShimHome.Soon);
        Assert.Equal(0, first!.Value.Offset);
        await Eventually.TrueAsync(async () => (await shim.GetStateAsync(ShimHome.Soon)).StdoutBytes == 35);
        await using var late = await shim.AttachAsync("", s_output with { Stdin = true }, ShimHome.Soon);
        await using var now = await shim.AttachAsync("", s_output with { Replay = false }, ShimHome.Soon);
        var text = Encoding.UTF8.GetString(first.Value.Data.Span);
        await late.WriteStdinAsync("go\n"u8.ToArray(), ShimHome.Soon);
        var expected = "line 1\nline 2\nline 3\nline 4\nline 5\nlast\n";
        Assert.Equal(expected, Encoding.UTF8.GetString(await ShimHome.ReadAllAsync(late)));
        Assert.Equal(expected, text + Encoding.UTF8.GetString(await ShimHome.ReadAllAsync(early)));
        var only = await now.ReadAsync(ShimHome.Soon);
        Assert.Equal((35, "last\n"), (only!.Value.Offset, Encoding.UTF8.GetString(only.Value.Data.Span)));
    }

    [Fact]
    public async Task Attach_when_more_was_written_than_is_kept_then_the_offset_tells_the_gap()
    {
        var config = ShimHome.Shell(_home, "head -c 1000000 /dev/zero | tr '\\0' x; read go", stdin: true);
        await using var shim = await _home.RunAsync(config);
        await Eventually.TrueAsync(async () => (await shim.GetStateAsync(ShimHome.Soon)).StdoutBytes == 1_000_000);
        await using var late = await shim.AttachAsync("", s_output, ShimHome.Soon);
        var chunk = await late.ReadAsync(ShimHome.Soon);
        Assert.Equal(1_000_000 - 65536, chunk!.Value.Offset);
        await shim.CloseStdinAsync("", ShimHome.Soon);
        Assert.Equal(65536, chunk.Value.Data.Length + (await ShimHome.ReadAllAsync(late)).Length);
    }

    [Fact]
    public async Task Attach_when_one_client_never_reads_then_the_container_and_the_other_client_go_on()
    {
        const int total = 8_000_000;
        var config = ShimHome.Shell(_home, $"read go; head -c {total} /dev/zero | tr '\\0' y", stdin: true);
        await using var shim = await _home.RunAsync(config);
        await using var stuck = await shim.AttachAsync("", s_output, ShimHome.Soon);
        await using var good = await shim.AttachAsync("", s_output with { Stdin = true }, ShimHome.Soon);
        await good.WriteStdinAsync("\n"u8.ToArray(), ShimHome.Soon);
        Assert.Equal(total, (await ShimHome.ReadAllAsync(good)).Length);
        Assert.Equal(total, (await shim.Exited.WaitAsync(ShimHome.Soon)).StdoutBytes);
        // The stuck client wakes up now: what it gets is in order, whole frames, and says where bytes are missing.
        long next = 0, got = 0, gaps = 0;
        while (await stuck.ReadAsync(ShimHome.Soon) is { } chunk)
        {
            Assert.True(chunk.Offset >= next);
            if (chunk.Offset > next) gaps++;
            Assert.Equal(-1, chunk.Data.Span.IndexOfAnyExcept((byte)'y'));
            next = chunk.Offset + chunk.Data.Length;
            got += chunk.Data.Length;
        }
        Assert.Equal(total, next);
        Assert.True(gaps >= 1 && got < total, $"{gaps} gaps, {got} bytes");
        Assert.Equal(total, ShimHome.LogBytes(config, StdStream.Stdout).Length);
    }

    [Fact]
    public async Task Stdin_when_the_process_does_not_read_then_the_writer_waits_and_no_byte_is_lost()
    {
        const int total = 3_000_000;
        var config = ShimHome.Shell(_home, "read go; wc -c", stdin: true, stdinOnce: true);
        await using var shim = await _home.RunAsync(config);
        await using var client = await shim.AttachAsync("", s_output with { Stdin = true }, ShimHome.Soon);
        await shim.KillAsync(19, false, ShimHome.Soon); // SIGSTOP: nobody reads stdin now
        var writing = Task.Run(async () =>
        {
            await client.WriteStdinAsync("go\n"u8.ToArray(), ShimHome.Soon);
            await client.WriteStdinAsync(new byte[total], ShimHome.Soon);
            await client.CloseStdinAsync(ShimHome.Soon);
        });
        Assert.Equal(ShimTaskStatus.Running, (await shim.GetStateAsync(ShimHome.Soon)).Status); // control does not wait for stdin
        Assert.False(writing.IsCompleted);
        await shim.KillAsync(18, false, ShimHome.Soon); // SIGCONT
        await writing.WaitAsync(ShimHome.Soon);
        Assert.Equal($"{total}\n", Encoding.UTF8.GetString(await ShimHome.ReadAllAsync(client)));
    }

    [Fact]
    public async Task Stdin_when_not_once_then_survives_the_client_that_leaves()
    {
        var config = ShimHome.Shell(_home, "read a; read b; echo $a $b", stdin: true);
        await using var shim = await _home.RunAsync(config);
        await using (var first = await shim.AttachAsync("", s_output with { Stdin = true }, ShimHome.Soon))
        {
            await first.WriteStdinAsync("one\n"u8.ToArray(), ShimHome.Soon);
            await first.CloseStdinAsync(ShimHome.Soon);
        }
        await using var second = await shim.AttachAsync("", s_output with { Stdin = true }, ShimHome.Soon);
        await second.WriteStdinAsync("two\n"u8.ToArray(), ShimHome.Soon);
        Assert.Equal("one two\n", Encoding.UTF8.GetString(await ShimHome.ReadAllAsync(second)));
    }

    [Fact]
    public async Task Exit_when_nobody_is_connected_then_a_new_connection_learns_it()
    {
        var config = ShimHome.Shell(_home, "read go; exit 5", stdin: true);
        var shim = await _home.RunAsync(config);
        await using (var client = await shim.AttachAsync("", s_output with { Stdin = true }, ShimHome.Soon))
        {
            await client.WriteStdinAsync("\n"u8.ToArray(), ShimHome.Soon);
            await shim.DisposeAsync();
        }
        await Eventually.TrueAsync(() => _home.Launcher.ReadExit(config.RunDirectory) is not null);
        await using var again = await _home.Launcher.ConnectAsync(config.RunDirectory, ShimHome.Soon);
        Assert.Equal(5, (await again!.Exited.WaitAsync(ShimHome.Soon)).ExitCode);
        Assert.Equal(ShimTaskStatus.Exited, (await again.GetStateAsync(ShimHome.Soon)).Status);
    }

    [Fact]
    public async Task Connection_when_the_shim_is_killed_then_exited_fails_at_once_and_clean_removes_everything()
    {
        var config = ShimHome.Shell(_home, "exec sleep 100");
        await using var shim = await _home.RunAsync(config);
        var state = await shim.GetStateAsync(ShimHome.Soon);
        var pid = ShimHome.PidOf(config.RunDirectory)!.Value;
        using (var shimProcess = PidFds.Open(pid.Pid)) PidFds.Signal(shimProcess, 9);
        await Assert.ThrowsAsync<ShimException>(() => shim.Exited.WaitAsync(ShimHome.Soon));
        Assert.Null(await _home.Launcher.ConnectAsync(config.RunDirectory, ShimHome.Soon));
        await Assert.ThrowsAsync<ShimException>(() => shim.GetStateAsync(ShimHome.Soon));
        await _home.Launcher.CleanAsync(config.Id, config.RunDirectory, ShimHome.Soon);
        Assert.False(Directory.Exists(config.RunDirectory));
        using var orphan = PidFds.TryOpen(state.Pid, out _);
        if (orphan is not null) PidFds.Signal(orphan, 9);
    }

    [Fact]
    public async Task Calls_when_the_shim_is_stopped_then_end_at_their_deadline_and_clean_kills_it()
    {
        var config = ShimHome.Shell(_home, "exec sleep 100");
        await using var shim = await _home.RunAsync(config);
        var pid = ShimHome.PidOf(config.RunDirectory)!.Value;
        using var shimProcess = PidFds.Open(pid.Pid);
        PidFds.Signal(shimProcess, 19);
        using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => shim.GetStateAsync(impatient.Token));
        var state = ShimHome.PidOf(config.RunDirectory)!.Value;
        await _home.Launcher.CleanAsync(config.Id, config.RunDirectory, ShimHome.Soon);
        Assert.NotEqual(state.StartTime, PidFds.StartTime(pid.Pid));
    }

    [Fact]
    public async Task Exec_when_run_then_has_its_own_streams_and_exit_code()
    {
        await using var shim = await _home.RunAsync(ShimHome.Shell(_home, "exec sleep 100"));
        var process = "{\"args\":[\"/bin/sh\",\"-c\",\"cat; echo err >&2; exit 3\"]}"u8.ToArray();
        var exec = await shim.ExecAsync(new ShimExec("e1", process, Terminal: false, StdinOpen: true, HoldOutput: true), ShimHome.Soon);
        Assert.True(exec.Running);
        await using var client = await shim.AttachAsync("e1", s_output with { Stdin = true }, ShimHome.Soon);
        await client.WriteStdinAsync("hello"u8.ToArray(), ShimHome.Soon);
        await client.CloseStdinAsync(ShimHome.Soon);
        Assert.Equal("hello", Encoding.UTF8.GetString(await ShimHome.ReadAllAsync(client)));
        Assert.Equal(new ShimExecState("e1", exec.Pid, false, 3), await shim.WaitExecAsync("e1", ShimHome.Soon));
        Assert.Equal(3, (await shim.GetExecStateAsync("e1", ShimHome.Soon))!.ExitCode);
        Assert.Null(await shim.GetExecStateAsync("e2", ShimHome.Soon));
        Assert.Equal(17, (await Assert.ThrowsAsync<ShimException>(
            () => shim.ExecAsync(new ShimExec("e1", process, false, false, false), ShimHome.Soon))).Errno);
        Assert.Equal(2, (await Assert.ThrowsAsync<ShimException>(() => shim.ExecAsync(
            new ShimExec("e3", "{\"args\":[\"/no/such\"]}"u8.ToArray(), false, false, false), ShimHome.Soon))).Errno);
    }

    [Fact]
    public async Task Drain_when_a_grandchild_keeps_the_pipe_then_the_exit_is_told_after_the_deadline()
    {
        var config = ShimHome.Shell(_home, "sleep 4 & echo $!; exit 0");
        await using var shim = await _home.RunAsync(config);
        var exit = await shim.Exited.WaitAsync(TimeSpan.FromSeconds(3.5), ShimHome.Soon);
        Assert.Equal(0, exit.ExitCode);
        Assert.NotEmpty(ShimHome.LogBytes(config, StdStream.Stdout));
    }

    [Fact]
    public async Task Start_when_the_configuration_is_unreadable_then_the_reason_is_told_and_nothing_is_left()
    {
        var config = ShimHome.Shell(_home, "true") with { LogPath = "/no/such/dir/log" };
        var failure = await Assert.ThrowsAsync<ShimException>(() => _home.StartAsync(config));
        Assert.Contains("/no/such/dir/log", failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(config.RunDirectory));
    }

    [Fact]
    public async Task Server_when_fed_garbage_then_drops_that_client_only()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var config = ShimHome.Shell(_home, "exec sleep 100");
        await using var shim = await _home.RunAsync(config);
        for (var round = 0; round < 200; round++)
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(config.RunDirectory, "shim.sock")));
            if (random.Next(2) == 0)
            {
                await socket.SendAsync(ShimFrames.Build(ShimFrameKind.Hello, 0, (ref ShimFieldWriter w) => new ShimHello(1, 1).Write(ref w)));
            }
            var garbage = new byte[random.Next(1, 300)];
            random.NextBytes(garbage);
            if (random.Next(2) == 0) new ShimFrameHeader((ShimFrameKind)random.Next(0x20), 1, random.Next(0, garbage.Length)).Write(garbage = [.. new byte[12], .. garbage]);
            // Random bytes could be a Kill, Delete or Shutdown by chance: those kinds are left out.
            if (garbage.Length > 5 && garbage[5] == 0 && garbage[4] is 5 or 0x0B or 0x0C or 3 or 4) garbage[4] = 0x20;
            try
            {
                await socket.SendAsync(garbage);
            }
            catch (SocketException)
            {
                // The shim was faster in dropping us.
            }
        }
        Assert.True((await shim.GetStateAsync(ShimHome.Soon)).Status == ShimTaskStatus.Running, $"seed {seed}");
    }

    [Fact]
    public async Task Hello_when_no_version_is_shared_then_is_refused_with_a_reason()
    {
        var config = ShimHome.Shell(_home, "true");
        await using var shim = await _home.StartAsync(config);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(config.RunDirectory, "shim.sock")));
        await socket.SendAsync(ShimFrames.Build(ShimFrameKind.Hello, 9, (ref ShimFieldWriter w) => new ShimHello(7, 8).Write(ref w)));
        var bytes = new byte[4096];
        var total = 0;
        while (await socket.ReceiveAsync(bytes.AsMemory(total)) is var count and > 0) total += count;
        Assert.Equal(ShimDecode.Frame, ShimFrameReader.TryRead(bytes.AsSpan(0, total), out var header, out var payload, out _));
        Assert.Equal((ShimFrameKind.Error, 9u), (header.Kind, header.Id));
        Assert.Contains("7 to 8", ShimFrames.ErrorOf(payload).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_when_files_are_full_then_rotates_and_keeps_the_newest_records_whole()
    {
        var config = ShimHome.Shell(_home, "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done", logSizeMax: 40_000);
        await using var shim = await _home.RunAsync(config);
        await shim.Exited.WaitAsync(ShimHome.Soon);
        var files = ShimHome.LogFiles(config);
        Assert.Equal(3, files.Count);
        Assert.All(files, f => Assert.InRange(new FileInfo(f).Length, 1, 40_200));
        var lines = Encoding.UTF8.GetString(ShimHome.LogBytes(config, StdStream.Stdout)).TrimEnd('\n').Split('\n');
        Assert.Equal("line 2999", lines[^1]);
        Assert.Equal(Enumerable.Range(3000 - lines.Length, lines.Length).Select(i => $"line {i}"), lines);
    }

    [Fact]
    public async Task Log_when_lines_are_long_binary_or_unfinished_then_the_bytes_survive()
    {
        var config = ShimHome.Shell(_home, "head -c 300000 /dev/urandom | tee \"$0.raw\"; printf end");
        File.WriteAllText(Path.Combine(config.Bundle, "config.json"), File.ReadAllText(Path.Combine(config.Bundle, "config.json"))
            .Replace("$0.raw", Path.Combine(config.Bundle, "raw"), StringComparison.Ordinal).Replace("\\u0022", "'", StringComparison.Ordinal));
        await using var shim = await _home.RunAsync(config);
        await shim.Exited.WaitAsync(ShimHome.Soon);
        byte[] expected = [.. File.ReadAllBytes(Path.Combine(config.Bundle, "raw")), .. "end"u8];
        Assert.Equal(expected, ShimHome.LogBytes(config, StdStream.Stdout));
    }
}
