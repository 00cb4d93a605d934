using System.Globalization;
using Troupe.Gateway.Http;
using Troupe.Protocol.Containers;
using Troupe.Specs;

namespace Troupe.Gateway.Containers;

/// <summary>What <c>containers/json</c> shall show. Pure.</summary>
/// <param name="Limit">The newest so many; 0: no limit. A limit shows stopped ones as well.</param>
/// <param name="Ancestor">The ids of the images that the ancestor filter names; null without the filter.</param>
internal sealed record ContainerSelection(bool All, int Limit, Filters Filters, IReadOnlySet<Digest>? Ancestor)
{
    private static readonly string[] States = ["created", "running", "paused", "restarting", "removing", "exited", "dead", "unknown"];

    public static readonly string[] KnownFilters =
    [
        "ancestor", "before", "exited", "expose", "health", "id", "is-task", "isolation", "label", "name", "network", "publish", "since",
        "status", "volume",
    ];

    /// <summary>Newest first.</summary>
    /// <param name="find">Resolves what the before and since filters name.</param>
    /// <exception cref="ApiException">A filter's value is not one.</exception>
    public IEnumerable<ContainerView> Select(IReadOnlyCollection<ContainerView> containers, Func<string, ContainerView> find)
    {
        foreach (var state in Filters.Values("status"))
        {
            if (!States.Contains(state)) throw ApiException.Invalid($"invalid filter 'status={state}'");
        }

        var codes = Filters.Values("exited").Select(ExitCode).ToHashSet();
        var before = Filters.Has("before") ? find(Filters.Values("before")[0]).CreatedAt : (DateTimeOffset?)null;
        var since = Filters.Has("since") ? find(Filters.Values("since")[0]).CreatedAt : (DateTimeOffset?)null;
        var isAll = All || Limit > 0 || Filters.Has("status");
        var selected = containers
            .Where(view => isAll || ContainerWords.IsRunning(view))
            .Where(view => view.Status != ContainerStatus.Removed && Matches(view))
            .Where(view => codes.Count == 0 || (HasExited(view) && codes.Contains(view.ExitCode)))
            .Where(view => before is null || view.CreatedAt < before)
            .Where(view => since is null || view.CreatedAt > since)
            .OrderByDescending(view => view.CreatedAt).ThenBy(view => view.Id.Hex, StringComparer.Ordinal);
        return Limit > 0 ? selected.Take(Limit) : selected;
    }

    private bool Matches(ContainerView view) =>
        Filters.MatchesPattern("id", view.Id.Hex)
        && (Filters.MatchesPattern("name", view.Name) || Filters.MatchesPattern("name", "/" + view.Name))
        && Filters.MatchesExactly("status", ContainerWords.State(view))
        && Filters.MatchesLabels("label", view.Spec.Labels)
        && (Ancestor is null || Ancestor.Contains(view.ImageId))
        && MatchesNetwork(view)
        && MatchesPorts(view)
        && !Filters.Has("volume")
        && Filters.MatchesExactly("health", "none")
        && Filters.Flag("is-task") is not true;

    private bool MatchesNetwork(ContainerView view) => !Filters.Has("network") || Filters.Values("network").Any(
        wanted => wanted == view.Spec.Host.NetworkMode
            || view.Endpoints.Any(e => e.NetworkName == wanted || (wanted.Length > 0 && e.NetworkId.StartsWith(wanted, StringComparison.Ordinal))));

    private bool MatchesPorts(ContainerView view) =>
        !Filters.Has("publish")
        && (!Filters.Has("expose") || Filters.Values("expose").Any(port => view.Spec.ExposedPorts.Contains(port.Contains('/') ? port : port + "/tcp")));

    private static bool HasExited(ContainerView view) => view.FinishedAt is not null && !ContainerWords.IsRunning(view);

    private static int ExitCode(string text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var code)
        ? code
        : throw ApiException.Invalid($"invalid filter 'exited={text}'");
}
