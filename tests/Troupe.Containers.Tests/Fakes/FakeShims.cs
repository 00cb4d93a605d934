using Troupe.Containers.Shims;
using Troupe.Specs;
using Troupe.Specs.Shim;
using Troupe.Specs.Streams;

namespace Troupe.Containers.Tests.Fakes;

/// <summary>Shims of a <see cref="World"/>, as one trouped sees them.</summary>
internal sealed class FakeShims(World world, int epoch) : IShimLauncher
{
    private static int _pids = 100;

    public async Task<IShimConnection> StartAsync(ShimConfig config, CancellationToken cancel)
    {
        var shim = await world.Step(epoch, "shim start", () =>
        {
            Assert.False(world.Shims.ContainsKey(config.RunDirectory), "a shim is started over another");
            return world.Shims[config.RunDirectory] = new ShimWorld(config, Interlocked.Increment(ref _pids));
        });
        return new Connection(world, epoch, shim);
    }

    public Task<IShimConnection?> ConnectAsync(string runDirectory, CancellationToken cancel) =>
        world.Step<IShimConnection?>(epoch, "shim connect", () =>
            world.Shims.TryGetValue(runDirectory, out var shim) && shim.IsAlive ? new Connection(world, epoch, shim) : null);

    public ShimExitRecord? ReadExit(string runDirectory) =>
        world.Read(() => world.Shims.TryGetValue(runDirectory, out var shim) ? shim.Exit : null);

    public Task CleanAsync(string id, string runDirectory, CancellationToken cancel) => world.Step(epoch, "shim clean", () =>
    {
        if (world.Shims.Remove(runDirectory, out var shim)) shim.End(137);
        return true;
    });

    private sealed class Connection(World world, int epoch, ShimWorld shim) : IShimConnection
    {
        public string RunDirectory => shim.Config.RunDirectory;

        public Task<ShimExitRecord> Exited => shim.Exited.Task;

        public event Action? OutOfMemory
        {
            add { }
            remove { }
        }

        public Task<ShimState> GetStateAsync(CancellationToken cancel) => world.Step(epoch, "shim state", State);

        public Task<ShimState> CreateAsync(CancellationToken cancel) => world.Step(epoch, "shim create", () =>
        {
            shim.Status = ShimTaskStatus.Created;
            return State();
        });

        public Task StartAsync(CancellationToken cancel) => world.Step(epoch, "shim exec", () =>
        {
            if (world.StartErrno != 0) throw new ShimException("exec failed", world.StartErrno);
            shim.Status = ShimTaskStatus.Running;
            return true;
        });

        public Task KillAsync(int signal, bool all, CancellationToken cancel) => world.Step(epoch, "shim kill", () =>
        {
            if (shim.Exit is not null) throw new ShimException("no such process", 3);
            shim.Signals.Add(signal);
            if (signal == 9) shim.End(137);
            if (signal == 15 && world.TermEnds) shim.End(143);
            return true;
        });

        public Task ResizeAsync(string execId, int rows, int columns, CancellationToken cancel) =>
            world.Step(epoch, "shim resize", () => true);

        public Task DeleteAsync(CancellationToken cancel) => world.Step(epoch, "shim delete", () =>
        {
            Assert.NotNull(shim.Exit);
            shim.IsAlive = false;
            return true;
        });

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        public Task<IAttachedStream> AttachAsync(string execId, AttachOptions options, CancellationToken cancel) => throw new NotSupportedException();

        public Task<ShimExecState> ExecAsync(ShimExec exec, CancellationToken cancel) => throw new NotSupportedException();

        public Task<ShimExecState?> GetExecStateAsync(string execId, CancellationToken cancel) => throw new NotSupportedException();

        public Task<ShimExecState> WaitExecAsync(string execId, CancellationToken cancel) => throw new NotSupportedException();

        public Task KillExecAsync(string execId, int signal, CancellationToken cancel) => throw new NotSupportedException();

        public Task CloseStdinAsync(string execId, CancellationToken cancel) => throw new NotSupportedException();

        public Task<IReadOnlyDictionary<ShimStat, ulong>> GetStatsAsync(CancellationToken cancel) => throw new NotSupportedException();

        public Task ShutdownAsync(CancellationToken cancel) => throw new NotSupportedException();

        private ShimState State() => new(shim.Status, shim.Pid, shim.StartTime, shim.Exit, 0, 0);
    }
}

/// <summary>The byte plane's ear.</summary>
internal sealed class FakeStreams : Troupe.Containers.Streams.IShimRegistry
{
    public List<string> Calls { get; } = [];

    public ValueTask ShimReadyAsync(ContainerId id, IShimConnection shim, CancellationToken cancel)
    {
        lock (Calls) Calls.Add("ready");
        return ValueTask.CompletedTask;
    }

    public void ShimEnded(ContainerId id)
    {
        lock (Calls) Calls.Add("ended");
    }

    public void ContainerGone(ContainerId id)
    {
        lock (Calls) Calls.Add("gone");
    }
}
