using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using Troupe.Linux.Events;
using Troupe.Protocol.Containers;
using Troupe.Specs;
using Troupe.Specs.Streams;

namespace Troupe.Containers.Logs;

/// <summary>
/// Reads the json-file logs that shims write, rotated files included, oldest first. It looks at files and the index only: a shim or an
/// actor that hangs does not matter to it.
/// </summary>
/// <param name="logPath">The current log file of a container; rotated ones are <c>.1</c> (newest), <c>.2</c> ...</param>
public sealed class JsonFileLogSource(IContainerIndex index, Func<ContainerId, string> logPath, TimeProvider time) : ILogSource
{
    public async IAsyncEnumerable<LogRecord> ReadAsync(
        ContainerId id, LogOptions options, [EnumeratorCancellation] CancellationToken cancel)
    {
        var path = logPath(id);
        using var files = new LogFileChain(path);
        var reader = new LogRecordReader(options);
        if (!options.Follow) files.Freeze();
        if (options.Tail is { } tail) files.SeekToLastLines(tail);
        else if (options.Since is { } since) files.SkipBefore(since);
        var delay = ByteLimits.LogPollMin;
        while (true)
        {
            // Sampled before reading: what a container wrote before it stopped is in the file by the time the index says so.
            var isLast = !options.Follow || IsStopped(id) || options.Until < time.GetUtcNow();
            var found = false;
            while (files.TryRead(reader.Space(), out var count, out var isNewFile))
            {
                found = true;
                foreach (var record in reader.Take(count, isNewFile))
                {
                    cancel.ThrowIfCancellationRequested();
                    yield return record;
                }
                if (reader.IsPastEnd) yield break;
            }
            if (isLast) yield break;
            delay = found ? ByteLimits.LogPollMin : delay * 1.5 < ByteLimits.LogPollMax ? delay * 1.5 : ByteLimits.LogPollMax;
            await Task.Delay(delay, time, cancel).ConfigureAwait(false);
        }
    }

    private bool IsStopped(ContainerId id) => index.Find(id)?.Status is not
        (ContainerStatus.Running or ContainerStatus.Starting or ContainerStatus.Paused or ContainerStatus.Restarting
        or ContainerStatus.Removing);
}
