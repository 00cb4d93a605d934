using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Journal;
using Akka.Persistence.Snapshot;

namespace Troupe.Containers.Tests.Fakes;

/// <summary>A journal in the <see cref="World"/>: it outlives actor systems, and each write is a step at which a trouped can end.</summary>
public sealed class WorldJournal(Config config) : AsyncWriteJournal
{
    private readonly World _world = World.Of(config.GetString("world"));
    private readonly int _epoch = World.Of(config.GetString("world")).Epoch;

    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback)
    {
        if (persistenceId == _world.FrozenReplay) return new TaskCompletionSource().Task;
        if (persistenceId == _world.BrokenReplay) throw new System.Runtime.Serialization.SerializationException("broken row");
        var events = _world.Read(() => _world.Journal.GetValueOrDefault(persistenceId)?.ToArray() ?? []);
        foreach (var (sequence, happened) in events.Where(e => e.Sequence >= fromSequenceNr && e.Sequence <= toSequenceNr))
        {
            recoveryCallback(new Persistent(happened, sequence, persistenceId));
        }

        return Task.CompletedTask;
    }

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken) => Task.FromResult(
        _world.Read(() => _world.Journal.TryGetValue(persistenceId, out var events) && events.Count > 0 ? events[^1].Sequence : 0));

    protected override async Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        if (_world.BrokenWrites) throw new IOException("no space left on device");
        foreach (var write in messages)
        {
            var rows = (IImmutableList<IPersistentRepresentation>)write.Payload;
            var names = string.Join('+', rows.Select(r => r.Payload.GetType().Name));
            await _world.Step(_epoch, "journal " + names, () =>
            {
                if (!_world.Journal.TryGetValue(write.PersistenceId, out var events)) _world.Journal[write.PersistenceId] = events = [];
                events.AddRange(rows.Select(r => (r.SequenceNr, r.Payload)));
                return true;
            });
        }

        return null!;
    }

    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken) =>
        throw new NotSupportedException("events are never deleted");
}

public sealed class WorldSnapshots(Config config) : SnapshotStore
{
    private readonly World _world = World.Of(config.GetString("world"));

    protected override Task<SelectedSnapshot> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken) =>
        Task.FromResult(_world.Read(() => _world.Snapshots.TryGetValue(persistenceId, out var kept)
            ? new SelectedSnapshot(new SnapshotMetadata(persistenceId, kept.Sequence, Samples.Now.UtcDateTime), kept.State) : null!));

    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot, CancellationToken cancellationToken)
    {
        _world.Read(() => _world.Snapshots[metadata.PersistenceId] = (metadata.SequenceNr, snapshot));
        return Task.CompletedTask;
    }

    protected override Task DeleteAsync(SnapshotMetadata metadata, CancellationToken cancellationToken) => Task.CompletedTask;

    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken) => Task.CompletedTask;
}
