using System.Text;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Images;
using Troupe.Protocol.Networks;
using Troupe.Specs;

namespace Troupe.Gateway.Tests.Fakes;

/// <summary>Fixed things that tests look at.</summary>
public static class FakeImages
{
    public static readonly DateTimeOffset Made = new(2025, 3, 4, 5, 6, 7, TimeSpan.Zero);

    public static readonly ImageView Busybox = Image("busybox:latest", 'a');

    public static readonly NetworkView Bridge = new(
        new NetworkDefinition(
            new string('b', 64), "bridge", "bridge", "172.17.0.0/16", "172.17.0.1", 1500, [],
            new Dictionary<string, string> { ["com.docker.network.bridge.default_bridge"] = "true" }, Made),
        []);

    public static ImageView Image(string name, char digit) => new(
        Digest.Parse("sha256:" + new string(digit, 64)),
        Digest.Parse("sha256:" + new string('d', 64)),
        [name], [name.Split(':')[0] + "@sha256:" + new string('d', 64)], 4_261_550, Made,
        [Digest.Parse("sha256:" + new string('e', 64))], [Digest.Parse("sha256:" + new string('f', 64))],
        Encoding.UTF8.GetBytes(
            """
            {"created":"2025-03-04T05:06:07Z","architecture":"amd64","os":"linux","author":"someone",
             "config":{"Env":["PATH=/bin"],"Cmd":["sh"],"Labels":{"a":"b"},"WorkingDir":"/"},
             "rootfs":{"type":"layers","diff_ids":["sha256:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"]}}
            """),
        Made.AddDays(1));

    public static ContainerView View(ContainerId id, string name, ContainerSpec spec, Digest image, ContainerStatus status) => new(
        id, FakeNode.Id, name, 1, image, spec with { Hostname = spec.Hostname.Length > 0 ? spec.Hostname : id.Short }, status,
        DateTimeOffset.UtcNow, null, null, 0, 0, false, "", 0,
        [new EndpointInfo(new string('b', 64), "bridge", new string('9', 64), "172.17.0.2", 16, "172.17.0.1", "02:42:ac:11:00:02")]);
}
