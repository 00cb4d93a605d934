namespace Troupe.Api.Tests;

public sealed class RouteTests
{
    [Theory]
    [InlineData("GET", "/_ping", ApiRoute.Ping, "", null)]
    [InlineData("HEAD", "/v1.24/_ping", ApiRoute.Ping, "", "1.24")]
    [InlineData("GET", "/v1.51/containers/json", ApiRoute.ContainerList, "", "1.51")]
    [InlineData("GET", "/containers/json/json", ApiRoute.ContainerInspect, "json", null)]
    [InlineData("GET", "/v9/containers/a.b-c_d/json", ApiRoute.ContainerInspect, "a.b-c_d", "9")]
    [InlineData("GET", "/images/json", ApiRoute.ImageList, "", null)]
    [InlineData("GET", "/images/json/json", ApiRoute.ImageInspect, "json", null)]
    [InlineData("GET", "/images/h:5000/a/b:1/json", ApiRoute.ImageInspect, "h:5000/a/b:1", null)]
    [InlineData("DELETE", "/images/a/json", ApiRoute.ImageDelete, "a/json", null)]
    [InlineData("DELETE", "/containers/x", ApiRoute.ContainerDelete, "x", null)]
    [InlineData("GET", "/networks/v1.0/", null, "", null)]
    [InlineData("GET", "/v/containers/json", null, "", null)]
    [InlineData("GET", "/v1.51", null, "", null)]
    [InlineData("GET", "/v1.51/", null, "", null)]
    [InlineData("GET", "/v1x/containers/json", null, "", null)]
    [InlineData("GET", "//containers/json", null, "", null)]
    [InlineData("GET", "/containers//json", null, "", null)]
    [InlineData("GET", "/images//json", null, "", null)]
    [InlineData("GET", "/containers/json/", null, "", null)]
    [InlineData("get", "/containers/json", null, "", null)]
    [InlineData("PUT", "/containers/json", null, "", null)]
    [InlineData("GET", "", null, "", null)]
    public void Path_when_matched_then_the_operation_with_its_name_or_none(string method, string path, ApiRoute? route, string name, string? version)
    {
        var match = ApiRoutes.Match(method, path);
        Assert.Equal(route, match?.Route);
        if (match is not { } found) return;
        Assert.Equal((name, version), (found.Name, found.VersionText));
    }

    [Fact]
    public void Path_when_random_then_never_a_failure_and_never_an_empty_name_where_one_is_due()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        string[] pieces = ["/", "v1.51", "v", "containers", "images", "networks", "json", "create", "a", "%2F", "..", "é", "\0", "{name}", "1.2", "start", "_ping", " "];
        string[] methods = ["GET", "POST", "DELETE", "HEAD", "PUT", ""];
        for (var i = 0; i < 200_000; i++)
        {
            var path = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(2) == 0 ? "/" : pieces[random.Next(pieces.Length)]));
            if (ApiRoutes.Match(methods[random.Next(methods.Length)], path) is not { } match) continue;
            var hasName = ApiRoutes.Describe(match.Route).Contains("{name}", StringComparison.Ordinal);
            Assert.True(hasName == (match.Name.Length > 0), $"seed {seed}: {path} is {match}");
        }
    }
}
