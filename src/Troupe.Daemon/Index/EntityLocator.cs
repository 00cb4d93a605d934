using Troupe.Protocol.Containers;
using Troupe.Specs;
using Troupe.Specs.Streams;

namespace Troupe.Daemon.Index;

/// <summary>
/// Resolves what a user typed, in Docker's order: the full id, then the name, then a unique prefix of an id. A cluster of one: every
/// container lives here.
/// </summary>
internal sealed class EntityLocator(IContainerIndex index) : IEntityLocator
{
    public ContainerLocation? Locate(string idOrName)
    {
        ArgumentNullException.ThrowIfNull(idOrName);
        var view = ById(idOrName) ?? ByName(idOrName) ?? ByPrefix(idOrName);
        return view is null ? null : new ContainerLocation(view.Id, view.NodeId);
    }

    private ContainerView? ById(string text) => ContainerId.TryParse(text, out var id) ? index.Find(id) : null;

    private ContainerView? ByName(string text)
    {
        var name = text.StartsWith('/') ? text[1..] : text;
        return index.All.FirstOrDefault(v => v.Name == name);
    }

    private ContainerView? ByPrefix(string text)
    {
        if (text.Length is 0 or > ContainerId.Length || !text.All(char.IsAsciiHexDigitLower)) return null;
        ContainerView? found = null;
        foreach (var view in index.All)
        {
            if (!view.Id.Hex.StartsWith(text, StringComparison.Ordinal)) continue;
            if (found is not null) throw new AmbiguousIdException(text);
            found = view;
        }

        return found;
    }
}
