using System.Text.RegularExpressions;
using Troupe.Gateway.Http;
using Troupe.Protocol.Images;
using Troupe.Specs.Image;

namespace Troupe.Gateway.Images;

/// <summary>What <c>images/json</c> shall show. Pure.</summary>
internal sealed record ImageSelection(Filters Filters)
{
    public static readonly string[] KnownFilters = ["before", "dangling", "label", "label!", "reference", "since", "until"];

    /// <summary>Newest first.</summary>
    /// <param name="find">Resolves what the before and since filters name.</param>
    /// <exception cref="ApiException">A filter's value is not one.</exception>
    public async Task<ImageView[]> SelectAsync(ImageView[] images, Func<string, Task<ImageView>> find)
    {
        var dangling = Filters.Flag("dangling");
        var before = Filters.Has("before") ? (await find(Filters.Values("before")[0])).CreatedAt : null;
        var since = Filters.Has("since") ? (await find(Filters.Values("since")[0])).CreatedAt : null;
        if (Filters.Has("until")) throw new ApiException(Protocol.ErrorCode.Unimplemented, "the filter 'until' is not built yet");
        return [.. images
            .Where(image => dangling is null || dangling == (image.RepoTags.Length == 0))
            .Where(image => before is null || image.CreatedAt < before)
            .Where(image => since is null || image.CreatedAt > since)
            .Where(MatchesLabels)
            .Select(MatchReferences)
            .OfType<ImageView>()
            .OrderByDescending(image => image.CreatedAt ?? DateTimeOffset.MinValue)
            .ThenBy(image => image.Id.ToString(), StringComparer.Ordinal)];
    }

    private bool MatchesLabels(ImageView image)
    {
        if (!Filters.Has("label") && !Filters.Has("label!")) return true;
        var labels = ImageConfig.Parse(image.Config.Span).Config?.Labels ?? [];
        return Filters.MatchesLabels("label", labels)
            && !Filters.Values("label!").Any(label => label.Split('=', 2) is var parts && labels.TryGetValue(parts[0], out var value)
                && (parts.Length == 1 || parts[1] == value));
    }

    /// <summary>With the filter, the image with its matching references only, or null when none matches.</summary>
    private ImageView? MatchReferences(ImageView image)
    {
        if (!Filters.Has("reference")) return image;
        var patterns = Filters.Values("reference");
        var tags = image.RepoTags.Where(tag => patterns.Any(pattern => IsMatch(pattern, tag))).ToArray();
        var digests = image.RepoDigests.Where(digest => patterns.Any(pattern => IsMatch(pattern, digest))).ToArray();
        return tags.Length + digests.Length == 0 ? null : image with { RepoTags = tags, RepoDigests = digests };
    }

    /// <summary>
    /// Docker's familiar match: a shell pattern (`*` and `?` do not cross a slash) against the whole reference or its name alone.
    /// </summary>
    public static bool IsMatch(string pattern, string reference)
    {
        var at = reference.IndexOf('@', StringComparison.Ordinal);
        var colon = at < 0 ? reference.LastIndexOf(':') : -1;
        var name = at >= 0 ? reference[..at] : colon > reference.LastIndexOf('/') ? reference[..colon] : reference;
        return IsGlob(pattern, reference) || IsGlob(pattern, name);
    }

    private static bool IsGlob(string pattern, string text)
    {
        var regex = Regex.Escape(pattern)
            .Replace("\\*", "[^/]*", StringComparison.Ordinal)
            .Replace("\\?", "[^/]", StringComparison.Ordinal);
        return Regex.IsMatch(text, $"^{regex}$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }
}
