using System.Text.Json;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Specs;
using Troupe.Specs.Image;

namespace Troupe.Containers.Creation;

/// <summary>What a container shall be, or (<paramref name="Failure"/> not null) why not, in Docker's words.</summary>
public sealed record MergedSpec(ContainerSpec Spec, string[] Warnings, CommandFailed? Failure);

/// <summary>
/// The user's wish over the image's configuration, by Docker's rules: what the user said wins; variables, labels and ports are
/// united; an entrypoint of the user's drops the image's command. Merging twice changes nothing.
/// </summary>
public static class ImageConfigMerge
{
    public const string NoCommand = "no command specified";

    /// <summary>Precondition: <paramref name="config"/> is the image's configuration blob.</summary>
    /// <exception cref="JsonException">It is not.</exception>
    public static MergedSpec Merge(ContainerId id, ContainerSpec wish, ReadOnlySpan<byte> config)
    {
        var image = ImageConfig.Parse(config).Config ?? new ImageRunConfig();
        var (entrypoint, command) = Process(wish, image);
        var spec = wish with
        {
            Hostname = wish.Hostname.Length == 0 && wish.Host.NetworkMode != "host" ? id.Short : wish.Hostname,
            User = Or(wish.User, image.User),
            Env = Environment(wish.Env, image.Env ?? []),
            Entrypoint = entrypoint,
            Cmd = command,
            WorkingDir = Or(wish.WorkingDir, image.WorkingDir),
            Labels = Labels(wish.Labels, image.Labels ?? []),
            ExposedPorts = Union(wish.ExposedPorts, image.ExposedPorts?.Keys),
            Volumes = Union(wish.Volumes, image.Volumes?.Keys),
            StopSignal = Or(wish.StopSignal, image.StopSignal),
        };
        var none = (spec.Entrypoint ?? []).Length == 0 && (spec.Cmd ?? []).Length == 0;
        return new MergedSpec(spec, Warnings(image), none ? NoCommandFailure : VolumesFailure(wish, image));
    }

    private static readonly CommandFailed NoCommandFailure = new(ErrorCode.InvalidArgument, NoCommand);

    private static CommandFailed? VolumesFailure(ContainerSpec wish, ImageRunConfig image) =>
        wish.Volumes.FirstOrDefault(v => image.Volumes?.ContainsKey(v) != true) is { } volume
            ? new CommandFailed(ErrorCode.Unimplemented, $"anonymous volumes are not built yet: {volume}")
            : null;

    /// <summary>
    /// An entrypoint that is absent (null) is the image's; an empty one, or one of a single empty word, means none. The image's
    /// command is taken only when the user gave neither.
    /// </summary>
    private static (string[]? Entrypoint, string[]? Command) Process(ContainerSpec wish, ImageRunConfig image)
    {
        var command = wish.Cmd;
        var entrypoint = wish.Entrypoint;
        if (entrypoint is null or { Length: 0 })
        {
            if (command is null or { Length: 0 }) command = image.Cmd;
            entrypoint ??= image.Entrypoint;
        }

        return entrypoint is [""] ? ([], command) : (entrypoint, command);
    }

    /// <summary>The user's variables, then those of the image that the user did not name.</summary>
    private static string[] Environment(string[] wish, string[] image)
    {
        var named = wish.Select(Name).ToHashSet(StringComparer.Ordinal);
        return [.. wish, .. image.Where(v => !named.Contains(Name(v)))];
    }

    private static string Name(string variable) => variable.Split('=', 2)[0];

    private static Dictionary<string, string> Labels(Dictionary<string, string> wish, Dictionary<string, string> image)
    {
        var all = new Dictionary<string, string>(image, StringComparer.Ordinal);
        foreach (var (key, value) in wish) all[key] = value;
        return all;
    }

    private static string[] Union(string[] wish, IEnumerable<string>? image) =>
        [.. wish.Concat(image ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static string[] Warnings(ImageRunConfig image) =>
        image.Volumes is not { Count: > 0 } volumes ? []
        : [$"the image declares volumes ({string.Join(", ", volumes.Keys.Order(StringComparer.Ordinal))}); "
            + "their data is kept in the container's own writable layer"];

    private static string Or(string wish, string? image) => wish.Length > 0 ? wish : image ?? "";
}
