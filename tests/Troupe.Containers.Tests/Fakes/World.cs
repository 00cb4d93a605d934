using System.Collections.Concurrent;
using Troupe.Protocol;
using Troupe.Specs;
using Troupe.Specs.Shim;

namespace Troupe.Containers.Tests.Fakes;

/// <summary>
/// What outlives a trouped: journal, shims with their processes, writable layers, endpoints, names. Every change of it is a numbered step,
/// and a test can end the "process" before or after any of them: from there on nothing of that epoch has an effect any more.
/// </summary>
internal sealed class World
{
    private static readonly ConcurrentDictionary<string, World> Worlds = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource _crashed = new();
    private int _steps;
    private int _crashAt = int.MaxValue;
    private bool _crashBefore;

    public World() => Worlds[Key] = this;

    public string Key { get; } = Guid.NewGuid().ToString("N");

    public int Epoch { get; private set; }

    public Dictionary<string, List<(long Sequence, object Event)>> Journal { get; } = [];

    public Dictionary<string, (long Sequence, object State)> Snapshots { get; } = [];

    public Dictionary<string, ShimWorld> Shims { get; } = [];

    public HashSet<ContainerId> Layers { get; } = [];

    public HashSet<ContainerId> Endpoints { get; } = [];

    public HashSet<ContainerId> ReleasedNames { get; } = [];

    public List<string> Steps { get; } = [];

    public int FrozenCount { get; private set; }

    /// <summary>Replay of that persistence id never ends.</summary>
    public string FrozenReplay { get; set; } = "";

    /// <summary>That persistence id has a row that can't be decoded.</summary>
    public string BrokenReplay { get; set; } = "";

    public bool BrokenWrites { get; set; }

    /// <summary>Completes when the step to crash at was reached.</summary>
    public Task Crashed => _crashed.Task;

    /// <summary>Errno that the next exec fails with; 0: it succeeds.</summary>
    public int StartErrno { get; set; }

    /// <summary>Processes end by SIGTERM.</summary>
    public bool TermEnds { get; set; } = true;

    public string ImageConfig { get; set; } = """{"rootfs":{"type":"layers","diff_ids":[]},"config":{}}""";

    /// <summary>Steps of that name are refused.</summary>
    public string Failing { get; set; } = "";

    public ErrorCode FailingCode { get; set; } = ErrorCode.ResourceExhausted;

    /// <summary>Steps of that name hang for ever.</summary>
    public string Frozen { get; set; } = "";

    public static World Of(string key) => Worlds[key];

    public int StepCount
    {
        get { lock (_lock) return _steps; }
    }

    public void CrashAt(int step, bool before)
    {
        lock (_lock)
        {
            (_steps, _crashAt, _crashBefore, _crashed) = (0, step, before, new TaskCompletionSource());
        }
    }

    /// <summary>Nothing of the former process has an effect from here on.</summary>
    public int NewEpoch()
    {
        lock (_lock)
        {
            _crashAt = int.MaxValue;
            return ++Epoch;
        }
    }

    /// <summary>A change of the world by the process of that epoch; hangs for ever when that process has crashed.</summary>
    public Task<T> Step<T>(int epoch, string name, Func<T> change)
    {
        lock (_lock)
        {
            if (name == Frozen) FrozenCount++;
            if (epoch != Epoch || _steps >= _crashAt || name == Frozen) return Never<T>();
            _steps++;
            Steps.Add(name);
            try
            {
                if (_steps == _crashAt && _crashBefore) return Crash<T>();
                var result = change();
                return _steps == _crashAt ? Crash<T>() : Task.FromResult(result);
            }
            catch (Exception e) when (e is Troupe.Containers.Shims.ShimException)
            {
                return Task.FromException<T>(e);
            }
        }
    }

    /// <summary>What a run, a removed container or a crash may not leave.</summary>
    public string Leftovers()
    {
        lock (_lock)
        {
            return $"shims {Shims.Count}, layers {Layers.Count}, endpoints {Endpoints.Count}";
        }
    }

    public T Read<T>(Func<T> read)
    {
        lock (_lock) return read();
    }

    private Task<T> Crash<T>()
    {
        _crashed.TrySetResult();
        return Never<T>();
    }

    private static Task<T> Never<T>() => new TaskCompletionSource<T>().Task;
}

/// <summary>One shim and its container's first process.</summary>
internal sealed class ShimWorld(ShimConfig config, int pid)
{
    public ShimConfig Config { get; } = config;

    public int Pid { get; } = pid;

    public ulong StartTime { get; } = 1000 + (ulong)pid;

    public Troupe.Containers.Shims.ShimTaskStatus Status { get; set; }

    /// <summary>False: killed; only the files in the run directory are left.</summary>
    public bool IsAlive { get; set; } = true;

    public ShimExitRecord? Exit { get; set; }

    public List<int> Signals { get; } = [];

    public TaskCompletionSource<ShimExitRecord> Exited { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void End(int exitCode)
    {
        if (Exit is not null) return;
        Status = Troupe.Containers.Shims.ShimTaskStatus.Exited;
        Exit = new ShimExitRecord(Config.Id, Pid, exitCode, 0, OomKilled: false, 0, 0, 0);
        Exited.TrySetResult(Exit);
    }

    /// <summary>The shim itself is killed, and its container with it.</summary>
    public void Vanish()
    {
        IsAlive = false;
        Exited.TrySetException(new Troupe.Containers.Shims.ShimException("the connection broke", 0));
    }
}
