namespace Troupe.Api.Versions;

/// <summary>1.42: <c>stop</c> takes a signal; older engines ignored the parameter.</summary>
internal sealed class StopSignalParameter() : ApiChange(42)
{
    public override void LiftQuery(ApiRoute route, IDictionary<string, string> query)
    {
        if (route == ApiRoute.ContainerStop) query.Remove("signal");
    }
}
