using System.Collections.Immutable;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace Troupe.Networks.Tests.Networks;

/// <summary>The journal of the tests: outlives an actor system, and can be made to fail for one persistence id.</summary>
public sealed class FaultyJournal : SharedMemoryJournal
{
    /// <summary>Persistence id whose writes fail; empty for none. Ids are unique per test, so tests do not meet here.</summary>
    public static string Failing
    {
        get => Volatile.Read(ref _failing);
        set => Volatile.Write(ref _failing, value);
    }

    private static string _failing = "";

    protected override Task<IImmutableList<Exception?>> WriteMessagesAsync(
        IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var all = messages.ToArray();
        return all.Any(message => message.PersistenceId == Failing)
            ? throw new IOException("the disk is full")
            : base.WriteMessagesAsync(all, cancellationToken);
    }
}
