using System.Collections.Immutable;
using Troupe.Protocol.Containers;
using Troupe.Specs;

namespace Troupe.Daemon.Index;

/// <summary>
/// The node's index: one immutable map, replaced whole. Readers take the reference and never wait; writers (one per container, its
/// actor) swap it in. Process host: it outlives actor systems, so that <c>ps</c> answers while one is rebuilt.
/// </summary>
internal sealed class ContainerIndex : IContainerIndex, IContainerIndexWriter
{
    private ImmutableDictionary<ContainerId, ContainerView> _views = ImmutableDictionary<ContainerId, ContainerView>.Empty;

    /// <summary>Raised after a view is in place, on the writer's thread: a row was persisted just before. Must not block.</summary>
    public event Action? Published;

    public IReadOnlyCollection<ContainerView> All => new Values(Volatile.Read(ref _views));

    public ContainerView? Find(ContainerId id) => Volatile.Read(ref _views).GetValueOrDefault(id);

    /// <summary>What the journal knows, before the first actor system; views published meanwhile are newer and stay.</summary>
    public void Load(IEnumerable<ContainerView> views) => ImmutableInterlocked.Update(
        ref _views, static (present, read) => read.Aggregate(present, (all, v) => all.ContainsKey(v.Id) ? all : all.Add(v.Id, v)), views);

    public void Publish(ContainerView view)
    {
        ImmutableInterlocked.Update(
            ref _views,
            static (views, v) => v.Status == ContainerStatus.Removed ? views.Remove(v.Id) : views.SetItem(v.Id, v),
            view);
        Published?.Invoke();
    }

    /// <summary>The snapshot's values with their count, without copying them.</summary>
    private sealed class Values(ImmutableDictionary<ContainerId, ContainerView> views) : IReadOnlyCollection<ContainerView>
    {
        public int Count => views.Count;

        public IEnumerator<ContainerView> GetEnumerator() => views.Values.GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
