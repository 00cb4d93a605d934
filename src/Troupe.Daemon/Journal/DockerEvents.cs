using System.Globalization;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Images;
using Troupe.Protocol.Networks;
using Troupe.Specs;

namespace Troupe.Daemon.Journal;

/// <summary>
/// Journal rows become Docker's events, in the rows' order. Every event shows name, image and labels, which only the creation has: the
/// mapper remembers them per living container and reads what came before it began from <paramref name="history"/> (a container, the
/// cursor before which to read). One mapper per reader; not thread-safe.
/// </summary>
internal sealed class DockerEvents(string nodeId, Func<ContainerId, long, IEnumerable<ContainerEvent>> history)
{
    private readonly Dictionary<ContainerId, Facts> _containers = [];
    private readonly Dictionary<string, string> _networkNames = new(StringComparer.Ordinal);
    private readonly HashSet<(string Network, ContainerId Container)> _reserved = [];

    /// <summary>Docker's events of one row, in order; most rows have one, some none.</summary>
    public IEnumerable<EngineEvent> Map(long cursor, object row) => row switch
    {
        ContainerEvent e => Container(cursor, e),
        NetworkEvent e => Network(cursor, e),
        ImageEvent e => Image(cursor, e),
        _ => [],
    };

    private EngineEvent[] Container(long cursor, ContainerEvent e)
    {
        if (!_containers.TryGetValue(e.Id, out var facts))
        {
            facts = new Facts();
            foreach (var before in history(e.Id, cursor)) facts.Take(before);
            _containers[e.Id] = facts;
        }

        facts.Take(e);
        var events = Actions(facts, e)
            .Select(a => new EngineEvent(nodeId, cursor, e.At, "container", a.Action, e.Id.Hex, facts.Attributes(a.More)))
            .ToArray();
        facts.Took(e);
        if (e is ContainerRemoved) _containers.Remove(e.Id);
        return events;
    }

    private static IEnumerable<(string Action, (string Key, string Value)[] More)> Actions(Facts facts, ContainerEvent e)
    {
        switch (e)
        {
            case ContainerCreated:
                yield return ("create", []);
                break;
            case ContainerStarted:
                yield return ("start", []);
                break;
            case ContainerAttached:
                yield return ("attach", []);
                break;
            case ContainerSignalled signalled:
                yield return ("kill", [("signal", Number(signalled.Signal))]);
                break;
            case ContainerStopRequested stopping:
                yield return ("kill", [("signal", Number(stopping.Signal))]);
                break;
            case ContainerExited exited:
                if (exited.OomKilled) yield return ("oom", []);
                yield return ("die", [("execDuration", facts.Seconds(e.At)), ("exitCode", Number(exited.ExitCode))]);
                if (facts.IsStopping) yield return ("stop", []);
                break;
            case ContainerStartFailed failed:
                yield return ("die", [("execDuration", "0"), ("exitCode", Number(failed.ExitCode))]);
                break;
            case ContainerRemoved:
                yield return ("destroy", []);
                break;
        }
    }

    private IEnumerable<EngineEvent> Network(long cursor, NetworkEvent e)
    {
        if (e is NetworkCreated created) _networkNames[e.NetworkId] = created.Definition.Name;
        if (e is EndpointReservationMade made)
        {
            _networkNames[e.NetworkId] = made.Endpoint.NetworkName;
            _reserved.Add((e.NetworkId, made.Container));
        }

        if (e is EndpointWasConnected { Container: var joined }) _reserved.Remove((e.NetworkId, joined));
        var (action, container) = e switch
        {
            NetworkCreated => ("create", (ContainerId?)null),
            EndpointWasConnected connected => ("connect", connected.Container),
            // Reserved for a start that failed before it was connected: Docker's clients never saw it join.
            EndpointReleased released when !_reserved.Remove((e.NetworkId, released.Container)) => ("disconnect", released.Container),
            _ => ("", null),
        };
        if (action.Length == 0) yield break;
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            // A reader that began after the network was made knows its id only.
            ["name"] = _networkNames.GetValueOrDefault(e.NetworkId, e.NetworkId),
            ["type"] = "bridge",
        };
        if (container is { } id) attributes["container"] = id.Hex;
        yield return new EngineEvent(nodeId, cursor, e.At, "network", action, e.NetworkId, attributes);
    }

    private IEnumerable<EngineEvent> Image(long cursor, ImageEvent e)
    {
        var (action, actor, name) = e switch
        {
            ImagePulled pulled => ("pull", pulled.Name, pulled.Name),
            ImageTagged tagged => ("tag", tagged.ImageId.ToString(), tagged.Name),
            ImageUntagged untagged => ("untag", untagged.ImageId.ToString(), untagged.ImageId.ToString()),
            ImageDeleted deleted => ("delete", deleted.ImageId.ToString(), deleted.ImageId.ToString()),
            _ => ("", "", ""),
        };
        if (action.Length == 0) yield break;
        yield return new EngineEvent(
            nodeId, cursor, e.At, "image", action, actor, new Dictionary<string, string>(StringComparer.Ordinal) { ["name"] = name });
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>What the mapper must know of a container to write its next event.</summary>
    private sealed class Facts
    {
        private string _name = "";
        private string _image = "";
        private IReadOnlyDictionary<string, string> _labels = new Dictionary<string, string>();
        private DateTimeOffset? _startedAt;

        public bool IsStopping { get; private set; }

        public void Take(ContainerEvent e)
        {
            switch (e)
            {
                case ContainerCreated created:
                    (_name, _image, _labels) = (created.Name, created.Spec.Image, created.Spec.Labels);
                    break;
                case ContainerStarted:
                    (_startedAt, IsStopping) = (e.At, false);
                    break;
                case ContainerStopRequested:
                    IsStopping = true;
                    break;
            }
        }

        /// <summary>After the event was written.</summary>
        public void Took(ContainerEvent e)
        {
            if (e is ContainerExited) (_startedAt, IsStopping) = (null, false);
        }

        public string Seconds(DateTimeOffset end) => Number(_startedAt is { } start && end > start ? (long)(end - start).TotalSeconds : 0);

        public Dictionary<string, string> Attributes((string Key, string Value)[] more)
        {
            var attributes = new Dictionary<string, string>(_labels, StringComparer.Ordinal) { ["image"] = _image, ["name"] = _name };
            foreach (var (key, value) in more) attributes[key] = value;
            return attributes;
        }
    }
}
