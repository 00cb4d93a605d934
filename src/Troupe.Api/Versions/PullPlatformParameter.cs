namespace Troupe.Api.Versions;

/// <summary>1.32: a pull takes a platform; older engines ignored the parameter.</summary>
internal sealed class PullPlatformParameter() : ApiChange(32)
{
    public override void LiftQuery(ApiRoute route, IDictionary<string, string> query)
    {
        if (route == ApiRoute.ImageCreate) query.Remove("platform");
    }
}
