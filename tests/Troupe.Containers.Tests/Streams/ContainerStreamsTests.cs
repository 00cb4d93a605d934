using System.Text;
using Troupe.Containers.Streams;
using Troupe.Containers.Tests.Shims;
using Troupe.Specs;
using Troupe.Specs.Streams;

namespace Troupe.Containers.Tests.Streams;

public sealed class ContainerStreamsTests : IAsyncLifetime
{
    private static readonly AttachOptions s_output = new(Stdin: false, Stdout: true, Stderr: true, Replay: false);
    private readonly ShimHome _home = new();
    private readonly ContainerStreams _streams;

    public ContainerStreamsTests() => _streams = new ContainerStreams(Path.Combine(_home.Root, "spool"), TimeProvider.System);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _streams.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task Attach_when_it_comes_before_the_start_then_misses_no_byte()
    {
        var config = ShimHome.Shell(_home, "echo first; cat; echo done", stdin: true, stdinOnce: true);
        var id = ContainerId.Parse(config.Id);
        await using var client = await _streams.AttachAsync(id, s_output with { Stdin = true }, ShimHome.Soon);
        var writing = Task.Run(async () =>
        {
            await client.WriteStdinAsync("typed early\n"u8.ToArray(), ShimHome.Soon); // waits for the start
            await client.CloseStdinAsync(ShimHome.Soon);
        });
        await using var shim = await _home.StartAsync(config);
        await shim.CreateAsync(ShimHome.Soon);
        await _streams.ShimReadyAsync(id, shim, ShimHome.Soon);
        await _streams.ShimReadyAsync(id, shim, ShimHome.Soon); // repeating it is harmless
        await shim.StartAsync(ShimHome.Soon);
        await writing.WaitAsync(ShimHome.Soon);
        Assert.Equal("first\ntyped early\ndone\n", Encoding.UTF8.GetString(await ShimHome.ReadAllAsync(client)));
    }

    [Fact]
    public async Task Attach_when_the_actor_system_is_rebuilt_then_stays_open_and_new_clients_are_served()
    {
        var config = ShimHome.Shell(_home, "while read line; do echo got $line; done", stdin: true, stdinOnce: true);
        var id = ContainerId.Parse(config.Id);
        var shim = await _home.RunAsync(config);
        await _streams.ShimReadyAsync(id, shim, ShimHome.Soon);
        await using var client = await _streams.AttachAsync(id, s_output with { Stdin = true }, ShimHome.Soon);
        for (var round = 0; round < 3; round++)
        {
            await client.WriteStdinAsync(Encoding.UTF8.GetBytes($"{round}\n"), ShimHome.Soon);
            var chunk = await client.ReadAsync(ShimHome.Soon);
            Assert.Equal($"got {round}\n", Encoding.UTF8.GetString(chunk!.Value.Data.Span));
            await shim.DisposeAsync(); // what RuncActor does at its end
            shim = (await _home.Launcher.ConnectAsync(config.RunDirectory, ShimHome.Soon))!;
            await _streams.ShimReadyAsync(id, shim, ShimHome.Soon);
        }
        await client.CloseStdinAsync(ShimHome.Soon);
        Assert.Null(await client.ReadAsync(ShimHome.Soon));
        Assert.Equal(0, (await shim.Exited.WaitAsync(ShimHome.Soon)).ExitCode);
        await shim.DisposeAsync();
    }

    [Fact]
    public async Task Attach_when_the_client_is_slow_then_no_byte_is_lost_and_the_container_does_not_wait()
    {
        const int total = 40_000_000;
        var config = ShimHome.Shell(_home, $"head -c {total} /dev/zero | tr '\\0' z") with { LogDriver = "none" };
        var id = ContainerId.Parse(config.Id);
        await using var client = await _streams.AttachAsync(id, s_output, ShimHome.Soon);
        await using var shim = await _home.StartAsync(config);
        await shim.CreateAsync(ShimHome.Soon);
        await _streams.ShimReadyAsync(id, shim, ShimHome.Soon);
        await shim.StartAsync(ShimHome.Soon);
        // The container ends although its client has read nothing.
        Assert.Equal(total, (await shim.Exited.WaitAsync(ShimHome.Soon)).StdoutBytes);
        await Eventually.TrueAsync(() => ((BrokeredStream)client).Backlog >= total);
        Assert.Empty(Directory.GetFiles(Path.Combine(_home.Root, "spool"))); // the files have no names
        long next = 0;
        while (await client.ReadAsync(ShimHome.Soon) is { } chunk)
        {
            Assert.Equal(next, chunk.Offset);
            next += chunk.Data.Length;
        }
        Assert.Equal(total, next);
    }

    [Fact]
    public async Task Attach_when_the_start_fails_or_the_container_is_removed_then_waiting_clients_end()
    {
        var (failed, removed) = (ContainerId.New(), ContainerId.New());
        await using var first = await _streams.AttachAsync(failed, s_output, ShimHome.Soon);
        await using var second = await _streams.AttachAsync(removed, s_output, ShimHome.Soon);
        var reading = first.ReadAsync(ShimHome.Soon).AsTask();
        Assert.False(reading.IsCompleted);
        _streams.ShimEnded(failed);
        _streams.ContainerGone(removed);
        Assert.Null(await reading);
        Assert.Null(await second.ReadAsync(ShimHome.Soon));
        await second.WriteStdinAsync("x"u8.ToArray(), ShimHome.Soon); // harmless
    }

    [Fact]
    public async Task Attach_when_the_run_is_over_then_waits_for_the_next_run()
    {
        var config = ShimHome.Shell(_home, "echo run");
        var id = ContainerId.Parse(config.Id);
        for (var run = 0; run < 2; run++)
        {
            await using var client = await _streams.AttachAsync(id, s_output, ShimHome.Soon);
            await using var shim = await _home.StartAsync(config);
            await shim.CreateAsync(ShimHome.Soon);
            await _streams.ShimReadyAsync(id, shim, ShimHome.Soon);
            await shim.StartAsync(ShimHome.Soon);
            await shim.Exited.WaitAsync(ShimHome.Soon);
            _streams.ShimEnded(id);
            await shim.DeleteAsync(ShimHome.Soon);
            await _home.Launcher.CleanAsync(config.Id, config.RunDirectory, ShimHome.Soon);
            Assert.Equal("run\n", Encoding.UTF8.GetString(await ShimHome.ReadAllAsync(client)));
        }
    }

    [Fact]
    public async Task Attach_when_the_node_stops_then_clients_end_and_new_ones_are_refused()
    {
        var id = ContainerId.New();
        var client = await _streams.AttachAsync(id, s_output, ShimHome.Soon);
        var reading = client.ReadAsync(ShimHome.Soon).AsTask();
        await _streams.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _streams.AttachAsync(id, s_output, ShimHome.Soon).AsTask());
    }
}
