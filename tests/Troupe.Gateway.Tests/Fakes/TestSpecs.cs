using Troupe.Api.Containers;
using Troupe.Gateway.Containers;
using Troupe.Protocol.Containers;

namespace Troupe.Gateway.Tests.Fakes;

public static class TestSpecs
{
    /// <summary>A container of busybox with everything at its default.</summary>
    public static ContainerSpec Spec(params string[] command) =>
        CreateMapping.Spec(new ContainerCreateRequest { Image = "busybox", Cmd = command });
}
