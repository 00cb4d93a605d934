namespace Troupe.Api.Versions;

/// <summary>1.41: <c>containers/create</c> takes a platform; older engines ignored the parameter.</summary>
internal sealed class CreatePlatformParameter() : ApiChange(41)
{
    public override void LiftQuery(ApiRoute route, IDictionary<string, string> query)
    {
        if (route == ApiRoute.ContainerCreate) query.Remove("platform");
    }
}
