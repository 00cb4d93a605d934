using System.Globalization;
using Troupe.Api.Containers;
using Troupe.Protocol.Containers;

namespace Troupe.Gateway.Containers;

/// <summary>An entry of the index as <c>ps</c> shows it. Pure.</summary>
internal static class SummaryMapping
{
    public static ContainerSummary Summary(ContainerView view, DateTimeOffset now) => new()
    {
        Id = view.Id.Hex,
        Names = ["/" + view.Name],
        Image = view.Spec.Image,
        ImageId = view.ImageId.ToString(),
        Command = Command(InspectMapping.Command(view.Spec)),
        Created = view.CreatedAt.ToUnixTimeSeconds(),
        Ports = [.. view.Spec.ExposedPorts.Where(_ => ContainerWords.IsRunning(view)).Select(Port).OfType<PortSummary>()],
        Labels = view.Spec.Labels,
        State = ContainerWords.State(view),
        Status = ContainerWords.Status(view, now),
        HostConfig = new SummaryHostConfig { NetworkMode = view.Spec.Host.NetworkMode },
        NetworkSettings = new SummaryNetworkSettings { Networks = InspectMapping.Endpoints(view) },
    };

    private static string Command(string[] command) =>
        string.Join(' ', command.Select((word, i) => i > 0 && word.Contains(' ', StringComparison.Ordinal) ? $"'{word}'" : word));

    // "80/tcp", or a range "80-90/tcp", of which Docker lists every port; the engine's specs hold single ones.
    private static PortSummary? Port(string exposed)
    {
        var parts = exposed.Split('/', 2);
        return int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? new PortSummary { PrivatePort = port, Type = parts.Length == 2 ? parts[1] : "tcp" }
            : null;
    }
}
