using System.Text.Json.Nodes;

namespace Troupe.Api.Versions;

/// <summary>All changes between the oldest and the newest version, applied in order for a client in between.</summary>
public static class ApiChanges
{
    /// <summary>Oldest first.</summary>
    public static IReadOnlyList<ApiChange> All { get; } =
    [
        new SecurityOptionsAsPairs(),
        new AutoRemoveByEngine(),
        new PullPlatformParameter(),
        new IpcModePrivate(),
        new ImageFilterRemoved(),
        new CgroupNamespacePrivate(),
        new CreatePlatformParameter(),
        new StopSignalParameter(),
        new ConsoleSizeRespected(),
        new Annotations(),
        new DanglingImagesWithoutName(),
        new VirtualSizeRemoved(),
        new ImageCreatedOmitted(),
        new RuntimeStatus(),
        new HealthcheckStartInterval(),
        new AliasesAsSubmitted(),
        new AnnotationsListed(),
        new NondistributableArtifactsRemoved(),
        new FirewallBackend(),
        new ExpectedCommitsOmitted(),
        new ImageConfigWithoutContainerFields(),
        new BridgeNetfilterOmitted(),
        new ContainersCounted(),
    ];

    public static void LiftQuery(ApiVersion client, ApiRoute route, IDictionary<string, string> query)
    {
        foreach (var change in All)
        {
            if (client < change.Since) change.LiftQuery(route, query);
        }
    }

    /// <summary>True when <see cref="LiftBody"/> could change something.</summary>
    public static bool LiftsBody(ApiVersion client, ApiRoute route) => All.Any(change => client < change.Since && change.Lifts(route));

    public static void LiftBody(ApiVersion client, ApiRoute route, JsonObject body, ChangeFacts facts)
    {
        foreach (var change in All)
        {
            if (client < change.Since && change.Lifts(route)) change.LiftBody(route, body, facts);
        }
    }

    /// <summary>True when <see cref="Lower"/> could change something.</summary>
    public static bool Lowers(ApiVersion client, ApiRoute route) => All.Any(change => client < change.Since && change.Lowers(route));

    public static void Lower(ApiVersion client, ApiRoute route, JsonNode answer)
    {
        for (var i = All.Count - 1; i >= 0; i--)
        {
            if (client < All[i].Since && All[i].Lowers(route)) All[i].Lower(route, answer);
        }
    }
}
