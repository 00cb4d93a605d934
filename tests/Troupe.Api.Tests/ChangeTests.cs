using System.Text.Json.Nodes;
using Troupe.Api.Versions;

namespace Troupe.Api.Tests;

/// <summary>Every change between 1.24 and 1.51 for itself: the last version with the old form, and the first with the new one.</summary>
public sealed class ChangeTests
{
    private static readonly ChangeFacts V1 = new(IsCgroupV2: false);

    [Theory]
    [InlineData("1.24", """{"HostConfig":{"autoremove":true,"AutoRemove":true}}""", """{"HostConfig":{"IpcMode":"shareable","CgroupnsMode":"host"}}""")]
    [InlineData("1.25", """{"HostConfig":{"AutoRemove":true}}""", """{"HostConfig":{"AutoRemove":true,"IpcMode":"shareable","CgroupnsMode":"host"}}""")]
    [InlineData("1.39", """{"HostConfig":{"ipcmode":""}}""", """{"HostConfig":{"ipcmode":"shareable","CgroupnsMode":"host"}}""")]
    [InlineData("1.39", """{"HostConfig":{"IpcMode":"host","CgroupnsMode":"private"}}""", """{"HostConfig":{"IpcMode":"host","CgroupnsMode":"private"}}""")]
    [InlineData("1.39", "{}", """{"HostConfig":{"IpcMode":"shareable","CgroupnsMode":"host"}}""")]
    [InlineData("1.39", """{"HostConfig":null}""", """{"HostConfig":{"IpcMode":"shareable","CgroupnsMode":"host"}}""")]
    [InlineData("1.39", """{"HostConfig":[]}""", """{"HostConfig":[]}""")]
    [InlineData("1.40", "{}", """{"HostConfig":{"CgroupnsMode":"host"}}""")]
    [InlineData("1.41", "{}", "{}")]
    [InlineData("1.41", """{"HostConfig":{"ConsoleSize":[24,80]}}""", """{"HostConfig":{}}""")]
    [InlineData("1.42", """{"HostConfig":{"ConsoleSize":[24,80]}}""", """{"HostConfig":{"ConsoleSize":[24,80]}}""")]
    [InlineData("1.42", """{"HostConfig":{"Annotations":{"a":"b"}}}""", """{"HostConfig":{}}""")]
    [InlineData("1.43", """{"HostConfig":{"Annotations":{"a":"b"}}}""", """{"HostConfig":{"Annotations":{"a":"b"}}}""")]
    [InlineData("1.43", """{"Healthcheck":{"Test":["CMD","x"],"StartInterval":5}}""", """{"Healthcheck":{"Test":["CMD","x"]}}""")]
    [InlineData("1.44", """{"Healthcheck":{"StartInterval":5}}""", """{"Healthcheck":{"StartInterval":5}}""")]
    public void Create_when_the_client_is_older_then_its_body_means_what_it_meant(string version, string body, string expected)
    {
        var lifted = JsonNode.Parse(body)!.AsObject();
        ApiChanges.LiftBody(Version(version), ApiRoute.ContainerCreate, lifted, V1);
        AssertSame(expected, lifted);
    }

    [Fact]
    public void Create_when_the_host_has_cgroup_v2_then_the_namespace_was_private_before_as_well()
    {
        var body = new JsonObject();
        ApiChanges.LiftBody(Version("1.40"), ApiRoute.ContainerCreate, body, new ChangeFacts(IsCgroupV2: true));
        AssertSame("{}", body);
    }

    [Theory]
    [InlineData(ApiRoute.ContainerStop, "1.41", "signal=INT&t=1", "t=1")]
    [InlineData(ApiRoute.ContainerStop, "1.42", "signal=INT&t=1", "signal=INT&t=1")]
    [InlineData(ApiRoute.ContainerKill, "1.41", "signal=INT", "signal=INT")]
    [InlineData(ApiRoute.ImageCreate, "1.31", "fromImage=a&platform=linux", "fromImage=a")]
    [InlineData(ApiRoute.ImageCreate, "1.32", "fromImage=a&platform=linux", "fromImage=a&platform=linux")]
    [InlineData(ApiRoute.ContainerCreate, "1.40", "platform=linux", "")]
    [InlineData(ApiRoute.ContainerCreate, "1.41", "platform=linux", "platform=linux")]
    [InlineData(ApiRoute.ImageList, "1.40", "filter=a*", """filters={"reference":{"a*":true}}""")]
    [InlineData(ApiRoute.ImageList, "1.40", """filter=a&filters={"dangling":{"true":true}}""", """filters={"dangling":{"true":true},"reference":{"a":true}}""")]
    [InlineData(ApiRoute.ImageList, "1.40", "filter=a&filters=nonsense", "filters=nonsense")]
    [InlineData(ApiRoute.ImageList, "1.40", "filter=", "")]
    [InlineData(ApiRoute.ImageList, "1.41", "filter=a", "filter=a")]
    public void Query_when_the_client_is_older_then_it_means_what_it_meant(ApiRoute route, string version, string query, string expected)
    {
        var values = query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        ApiChanges.LiftQuery(Version(version), route, values);
        Assert.Equal(expected, string.Join('&', values.OrderBy(v => v.Key).Select(v => $"{v.Key}={v.Value}")));
    }

    [Theory]
    [InlineData(ApiRoute.Info, "1.24", """{"SecurityOptions":["name=seccomp,profile=builtin","name=cgroupns"]}""",
        """{"SecurityOptions":["seccomp","cgroupns"],"ExecutionDriver":"<not supported>","BridgeNfIptables":false,"BridgeNfIp6tables":false}""")]
    [InlineData(ApiRoute.Info, "1.43", """{"Runtimes":{"runc":{"path":"r","status":{}}}}""",
        """{"Runtimes":{"runc":{"path":"r"}},"BridgeNfIptables":false,"BridgeNfIp6tables":false}""")]
    [InlineData(ApiRoute.Info, "1.44", """{"Runtimes":{"runc":{"path":"r","status":{}}}}""",
        """{"Runtimes":{"runc":{"path":"r","status":{}}},"BridgeNfIptables":false,"BridgeNfIp6tables":false}""")]
    [InlineData(ApiRoute.Info, "1.48", """{"FirewallBackend":{"Driver":"x"},"RegistryConfig":{},"RuncCommit":{"ID":"a"}}""",
        """{"RegistryConfig":{"AllowNondistributableArtifactsCIDRs":null,"AllowNondistributableArtifactsHostnames":null},"RuncCommit":{"ID":"a","Expected":"a"},"BridgeNfIptables":false,"BridgeNfIp6tables":false}""")]
    [InlineData(ApiRoute.Info, "1.49", """{"FirewallBackend":{"Driver":"x"},"RuncCommit":{"ID":"a"}}""",
        """{"FirewallBackend":{"Driver":"x"},"RuncCommit":{"ID":"a"},"BridgeNfIptables":false,"BridgeNfIp6tables":false}""")]
    [InlineData(ApiRoute.Info, "1.50", "{}", "{}")]
    [InlineData(ApiRoute.ImageList, "1.42", """[{"RepoTags":[],"RepoDigests":[],"Size":5,"Containers":2}]""",
        """[{"RepoTags":["<none>:<none>"],"RepoDigests":["<none>@<none>"],"Size":5,"Containers":-1,"VirtualSize":5}]""")]
    [InlineData(ApiRoute.ImageList, "1.43", """[{"RepoTags":[],"RepoDigests":[],"Size":5,"Containers":2}]""",
        """[{"RepoTags":[],"RepoDigests":[],"Size":5,"Containers":-1,"VirtualSize":5}]""")]
    [InlineData(ApiRoute.ImageList, "1.42", """[{"RepoTags":[],"RepoDigests":["a@b"],"Size":5}]""",
        """[{"RepoTags":[],"RepoDigests":["a@b"],"Size":5,"VirtualSize":5,"Containers":-1}]""")]
    [InlineData(ApiRoute.ImageList, "1.44", """[{"RepoTags":[],"RepoDigests":[],"Size":5,"Containers":2}]""",
        """[{"RepoTags":[],"RepoDigests":[],"Size":5,"Containers":-1}]""")]
    [InlineData(ApiRoute.ImageList, "1.51", """[{"Containers":2}]""", """[{"Containers":2}]""")]
    [InlineData(ApiRoute.ImageInspect, "1.43", """{"Size":5}""", """{"Size":5,"VirtualSize":5,"Created":"0001-01-01T00:00:00Z"}""")]
    [InlineData(ApiRoute.ImageInspect, "1.44", """{"Size":5}""", """{"Size":5}""")]
    [InlineData(ApiRoute.ImageInspect, "1.49", """{"Config":{"User":"","Tty":true}}""",
        """{"Config":{"User":"","Tty":true,"Hostname":"","Domainname":"","Image":"","AttachStdin":false,"AttachStdout":false,"AttachStderr":false,"OpenStdin":false,"StdinOnce":false}}""")]
    [InlineData(ApiRoute.ImageInspect, "1.50", """{"Config":{"User":""}}""", """{"Config":{"User":""}}""")]
    [InlineData(ApiRoute.ContainerList, "1.45", """[{"HostConfig":{"NetworkMode":"x","Annotations":{"a":"b"}}}]""", """[{"HostConfig":{"NetworkMode":"x"}}]""")]
    [InlineData(ApiRoute.ContainerList, "1.46", """[{"HostConfig":{"Annotations":{"a":"b"}}}]""", """[{"HostConfig":{"Annotations":{"a":"b"}}}]""")]
    public void Answer_when_the_client_is_older_then_it_has_the_old_form(ApiRoute route, string version, string answer, string expected)
    {
        var lowered = JsonNode.Parse(answer)!;
        ApiChanges.Lower(Version(version), route, lowered);
        AssertSame(expected, lowered);
    }

    [Theory]
    [InlineData("1.44", """["web","0123456789ab","host1"]""")]
    [InlineData("1.45", """["web"]""")]
    public void Inspect_when_before_1_45_then_aliases_have_the_short_id_and_the_hostname(string version, string aliases)
    {
        var answer = JsonNode.Parse(
            """
            {"Id":"0123456789abcdef","Config":{"Hostname":"host1"},"NetworkSettings":{"Networks":{"mine":{"Aliases":["web"]},"bridge":{"Aliases":null}}}}
            """)!;
        ApiChanges.Lower(Version(version), ApiRoute.ContainerInspect, answer);
        AssertSame(aliases, answer["NetworkSettings"]!["Networks"]!["mine"]!["Aliases"]!);
        Assert.Null(answer["NetworkSettings"]!["Networks"]!["bridge"]!["Aliases"]);
    }

    [Fact]
    public void Changes_when_listed_then_oldest_first_and_within_the_accepted_versions()
    {
        Assert.Equal(ApiChanges.All.Select(c => c.Since).Order(), ApiChanges.All.Select(c => c.Since));
        Assert.All(ApiChanges.All, c => Assert.True(c.Since > ApiVersion.Oldest && c.Since <= ApiVersion.Newest));
    }

    [Fact]
    public void Anything_when_the_client_is_the_newest_then_untouched()
    {
        foreach (var route in Enum.GetValues<ApiRoute>())
        {
            Assert.False(ApiChanges.Lowers(ApiVersion.Newest, route));
            Assert.False(ApiChanges.LiftsBody(ApiVersion.Newest, route));
        }
    }

    private static ApiVersion Version(string text) => ApiVersion.TryParse(text, out var version) ? version : throw new FormatException(text);

    /// <summary>Objects have no order.</summary>
    private static void AssertSame(string expected, JsonNode actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"expected {expected}\nfound    {actual.ToJsonString()}");
}
