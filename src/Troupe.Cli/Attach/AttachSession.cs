using System.Runtime.InteropServices;
using Troupe.Cli.Engine;
using Troupe.Linux.Terminals;

namespace Troupe.Cli.Attach;

/// <param name="IsTty">The container has a terminal: raw bytes both ways, keys uninterpreted here.</param>
/// <param name="PassesSignals">Signals that this program gets go to the container. Never with a terminal, where Ctrl-C is a byte.</param>
internal sealed record AttachOptions(bool HasInput, bool IsTty, bool PassesSignals);

/// <summary>
/// A container's streams joined to ours: opened before the start, so that no byte is missed. Ends when the container's output ends
/// or the user detaches.
/// </summary>
internal sealed class AttachSession : IAsyncDisposable
{
    /// <summary>Signals that Docker's client passes on, by number: HUP, INT, QUIT, USR1, USR2, TERM, CONT.</summary>
    private static readonly int[] Proxied = [1, 2, 3, 10, 12, 15, 18];

    /// <summary>SIGWINCH: the terminal has another size.</summary>
    private const int WindowChange = 28;

    private readonly EngineClient _engine;
    private readonly string _id;
    private readonly AttachOptions _options;
    private readonly HijackedConnection _connection;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<IDisposable> _owned = [];

    private AttachSession(EngineClient engine, string id, AttachOptions options, HijackedConnection connection)
    {
        _engine = engine;
        _id = id;
        _options = options;
        _connection = connection;
    }

    public static async Task<AttachSession> OpenAsync(EngineClient engine, string id, AttachOptions options, CancellationToken cancel)
    {
        var path = $"/containers/{id}/attach?stream=1&stdout=1&stderr=1{(options.HasInput ? "&stdin=1" : "")}";
        return new AttachSession(engine, id, options, await HijackedConnection.OpenAsync(engine, path, options.IsTty, cancel));
    }

    /// <summary>Copies until the end. To be called before the start; <see cref="AfterStart"/> follows it.</summary>
    /// <returns>False: the user detached and the container runs on.</returns>
    public async Task<bool> RunAsync(CancellationToken cancel)
    {
        if (_options is { PassesSignals: true, IsTty: false }) Array.ForEach(Proxied, ProxySignal);
        if (_options is { HasInput: true, IsTty: true } && StandardStreams.IsInputTerminal)
            _owned.Add(RawTerminal.Enter(StandardStreams.StdinNumber));
        var output = CopyOutputAsync(cancel);
        var detached = _options.HasInput ? CopyInputAsync(cancel) : NeverAsync(output);
        if (await Task.WhenAny(output, detached) == detached && await detached) return false;
        await output;
        return true;
    }

    /// <summary>The container runs: signals reach it, also those that came before, and its terminal gets our size.</summary>
    public async Task AfterStart(CancellationToken cancel)
    {
        _started.TrySetResult();
        if (!_options.IsTty || !StandardStreams.IsOutputTerminal) return;
        _owned.Add(PosixSignalRegistration.Create((PosixSignal)WindowChange, OnWindowChange));
        await ResizeAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in _owned) owned.Dispose();
        await _connection.DisposeAsync();
    }

    /// <summary>Stays undecided until the output has ended; without input nobody can detach.</summary>
    private static async Task<bool> NeverAsync(Task output)
    {
        await output;
        return false;
    }

    private async Task CopyOutputAsync(CancellationToken cancel)
    {
        await using var stdout = StandardStreams.OpenOutput();
        await using var stderr = StandardStreams.OpenError();
        try
        {
            if (_connection.IsMultiplexed) await OutputCopy.DemultiplexAsync(_connection.Output, stdout, stderr, cancel);
            else await OutputCopy.CopyAsync(_connection.Output, stdout, cancel);
        }
        catch (IOException e) when (!StandardStreams.IsBrokenPipe(e))
        {
            throw new CliException($"the connection to the engine was lost: {e.Message}");
        }
    }

    /// <summary>True when the user detached; false when our input ended and the container's was closed.</summary>
    private async Task<bool> CopyInputAsync(CancellationToken cancel)
    {
        await using var stdin = StandardStreams.OpenInput();
        var keys = new DetachKeys();
        var buffer = new byte[Limits.CopyBytes];
        try
        {
            for (int length; (length = await stdin.ReadAsync(buffer, cancel)) > 0;)
            {
                if (!_options.IsTty)
                {
                    await _connection.WriteAsync(buffer.AsMemory(0, length), cancel);
                    continue;
                }

                var (passed, isDetached) = keys.Filter(buffer.AsSpan(0, length));
                if (passed.Length > 0) await _connection.WriteAsync(passed, cancel);
                if (isDetached) return true;
            }
        }
        catch (IOException)
        {
            // The container no longer reads; its output and exit code tell how it ended.
            return false;
        }

        _connection.CloseInput();
        return false;
    }

    private void OnWindowChange(PosixSignalContext context) => _ = ResizeAsync(CancellationToken.None);

    private void ProxySignal(int number) => _owned.Add(PosixSignalRegistration.Create((PosixSignal)Managed(number), context =>
    {
        context.Cancel = true;
        _ = KillAsync(number);
    }));

    /// <summary>The runtime has names of its own, negative numbers, for the common signals.</summary>
    private static int Managed(int number) => number switch
    {
        1 => (int)PosixSignal.SIGHUP,
        2 => (int)PosixSignal.SIGINT,
        3 => (int)PosixSignal.SIGQUIT,
        15 => (int)PosixSignal.SIGTERM,
        _ => number,
    };

    private async Task KillAsync(int number)
    {
        await _started.Task;
        try
        {
            await _engine.PostAsync($"/containers/{_id}/kill?signal={number}", CancellationToken.None);
        }
        catch (CliException)
        {
            // It ended at the same moment: the exit code tells.
        }
    }

    private async Task ResizeAsync(CancellationToken cancel)
    {
        if (!RawTerminal.TryGetSize(StandardStreams.StdoutNumber, out var size)) return;
        try
        {
            await _engine.PostAsync($"/containers/{_id}/resize?h={size.Rows}&w={size.Columns}", cancel);
        }
        catch (CliException)
        {
            // A size is a courtesy; a container that has just ended needs none.
        }
    }
}
