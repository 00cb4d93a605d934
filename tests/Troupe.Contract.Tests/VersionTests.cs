using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Troupe.Api.Tests;
using Troupe.Gateway.Tests.Fakes;
using Troupe.Protocol;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Images;
using Troupe.Specs;

namespace Troupe.Contract.Tests;

/// <summary>Every operation at four versions of the API, over a real socket, against reviewed files.</summary>
public sealed class VersionTests
{
    private static readonly DateTimeOffset Now = new(2025, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly ContainerId Id = ContainerId.Parse(new string('1', 63) + "2");

    /// <summary>Facts of the machine: their names are the contract, their values are not.</summary>
    private static readonly string[] OfTheHost =
    [
        "KernelVersion", "OperatingSystem", "OSVersion", "Architecture", "NCPU", "MemTotal", "NFd", "NGoroutines", "IPv4Forwarding", "GoVersion", "Arch",
    ];

    public static TheoryData<string, string, string, string> Operations()
    {
        var data = new TheoryData<string, string, string, string>();
        foreach (var version in (string[])["1.24", "1.41", "1.44", "1.51"])
        {
            data.Add(version, "ping", "GET", "/_ping");
            data.Add(version, "version", "GET", "/version");
            data.Add(version, "info", "GET", "/info");
            data.Add(version, "events", "GET", "/events?since=1&until=1750000000");
            data.Add(version, "container-list", "GET", "/containers/json?all=1");
            data.Add(version, "container-inspect", "GET", "/containers/c1/json");
            data.Add(version, "container-create", "POST", "/containers/create?name=new&platform=linux");
            data.Add(version, "container-start", "POST", "/containers/c2/start");
            data.Add(version, "container-stop", "POST", "/containers/c1/stop?t=1&signal=INT");
            data.Add(version, "container-kill", "POST", "/containers/c1/kill?signal=INT");
            data.Add(version, "container-wait", "POST", "/containers/c3/wait?condition=not-running");
            data.Add(version, "container-resize", "POST", "/containers/c1/resize?h=20&w=80");
            data.Add(version, "container-logs", "GET", "/containers/c1/logs?stdout=1&stderr=1&timestamps=1");
            data.Add(version, "container-delete", "DELETE", "/containers/c2");
            data.Add(version, "image-create", "POST", "/images/create?fromImage=new&tag=1&platform=linux/arm64");
            data.Add(version, "image-list", "GET", "/images/json?filter=busy*");
            data.Add(version, "image-inspect", "GET", "/images/busybox/json");
            data.Add(version, "image-delete", "DELETE", "/images/busybox");
            data.Add(version, "network-list", "GET", "/networks");
            data.Add(version, "network-inspect", "GET", "/networks/bridge");
            data.Add(version, "not-found", "GET", "/containers/none/json");
        }

        return data;
    }

    /// <summary>Status, media type and body, and what the engine was asked: the request's transform shows there.</summary>
    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Operation_when_asked_in_a_version_then_as_recorded(string version, string operation, string method, string path)
    {
        await using var gateway = await TestGateway.StartAsync(time: new StoppedTime());
        Fill(gateway.Node);
        using var http = gateway.Client();
        using var request = new HttpRequestMessage(new HttpMethod(method), $"/v{version}{path}");
        if (operation == "container-create") request.Content = Body(await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Golden/create-request.json")));
        using var limit = new CancellationTokenSource(RawConnection.Deadline);
        using var answer = await http.SendAsync(request, limit.Token);
        var body = await answer.Content.ReadAsByteArrayAsync(limit.Token);
        var asked = gateway.Node.Asked.Select(Describe).OfType<string>().ToArray();
        var record = new JsonObject
        {
            ["status"] = (int)answer.StatusCode, ["type"] = answer.Content.Headers.ContentType?.ToString(), ["body"] = Readable(body),
        };
        if (asked.Length > 0) record["asked"] = new JsonArray([.. asked.Select(a => (JsonNode)a)]);
        Golden.Check($"{version}/{operation}.json", record);
    }

    [Theory]
    [InlineData("1.52")]
    [InlineData("1.100")]
    [InlineData("2.0")]
    public async Task Anything_when_the_version_is_too_new_then_400_in_docker_s_words(string version)
    {
        await using var gateway = await TestGateway.StartAsync();
        using var http = gateway.Client();
        foreach (var (_, _, method, path) in Operations().Select(row => row.Data).Where(row => row.Item1 == "1.51"))
        {
            using var answer = await http.SendAsync(new HttpRequestMessage(new HttpMethod(method), $"/v{version}{path}"));
            Assert.Equal(400, (int)answer.StatusCode);
            Assert.Equal(
                $$"""{"message":"client version {{version}} is too new. Maximum supported API version is 1.51"}""" + "\n",
                await answer.Content.ReadAsStringAsync());
        }

        Assert.Empty(gateway.Node.Asked);
    }

    /// <summary>Captured from dockerd 26.1.5 (API 1.45): the members of the answers, in their order.</summary>
    [Theory]
    [InlineData("/version", "Platform,Components,Version,ApiVersion,MinAPIVersion,GitCommit,GoVersion,Os,Arch,KernelVersion,BuildTime")]
    [InlineData("/images/busybox/json",
        "Id,RepoTags,RepoDigests,Parent,Comment,Created,DockerVersion,Author,Config,Architecture,Os,Size,GraphDriver,RootFS,Metadata")]
    [InlineData("/containers/json?all=1", "Id,Names,Image,ImageID,Command,Created,Ports,Labels,State,Status,HostConfig,NetworkSettings,Mounts")]
    public async Task Members_when_asked_at_1_45_then_those_of_dockerd(string path, string members)
    {
        await using var gateway = await TestGateway.StartAsync(time: new StoppedTime());
        Fill(gateway.Node);
        using var http = gateway.Client();
        var body = JsonNode.Parse(await http.GetStringAsync(new Uri("/v1.45" + path, UriKind.Relative)))!;
        var first = (body is JsonArray list ? list[0]! : body).AsObject();
        Assert.Equal(members, string.Join(',', first.Select(m => m.Key)));
    }

    private static void Fill(FakeNode node)
    {
        node.Now = () => Now.AddHours(-1);
        _ = EndWhenKilledAsync(Add(node, Id, "c1", ContainerStatus.Running));
        Add(node, ContainerId.Parse(new string('2', 64)), "c2", ContainerStatus.Created);
        var ended = Add(node, ContainerId.Parse(new string('3', 64)), "c3", ContainerStatus.Exited);
        ended.End(3);
        node.Container("c1").Write(Specs.Streams.StdStream.Stdout, "out\n"u8.ToArray());
        node.Container("c1").Write(Specs.Streams.StdStream.Stderr, "err\n"u8.ToArray());
        node.Images.Add(FakeImages.Image("dangling:x", 'c') with { RepoTags = [], RepoDigests = [], CreatedAt = Now.AddYears(-1) });
        node.Emit("container", "start", Id.Hex, ("image", "busybox"), ("name", "c1"));
        node.Emit("network", "connect", new string('b', 64), ("container", Id.Hex), ("name", "bridge"), ("type", "bridge"));
        node.Pull = _ => PullAsync();
    }

    private static async Task EndWhenKilledAsync(FakeContainer container) => container.End(128 + await container.Killed.Task);

    private static FakeContainer Add(FakeNode node, ContainerId id, string name, ContainerStatus status)
    {
        var view = FakeImages.View(id, name, TestSpecs.Spec("sleep", "1000") with { Labels = new() { ["a"] = "b" } }, FakeImages.Busybox.Id, status);
        var hasRun = status is not ContainerStatus.Created;
        var container = node.Add(view with
        {
            CreatedAt = Now.AddHours(-2),
            StartedAt = hasRun ? Now.AddHours(-1) : null,
            FinishedAt = status == ContainerStatus.Exited ? Now.AddMinutes(-5) : null,
            Pid = status == ContainerStatus.Running ? 4242 : 0,
            ExitCode = status == ContainerStatus.Exited ? 3 : 0,
        });
        return container;
    }

    private static async IAsyncEnumerable<object> PullAsync()
    {
        yield return new PullProgress("1", "Pulling from library/new", 0, 0);
        yield return new PullProgress("abcdefabcdef", "Downloading", 500, 1000);
        await Task.Yield();
        yield return new PullCompleted("docker.io/library/new:1", FakeImages.Busybox.Id, FakeImages.Busybox.ManifestDigest, true);
    }

    private static ByteArrayContent Body(byte[] json)
    {
        var content = new ByteArrayContent(json);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private static JsonNode? Readable(byte[] body)
    {
        if (body.Length == 0) return null;
        // Log frames are bytes; one JSON value is itself; several lines are a list.
        if (body[0] is 1 or 2) return Convert.ToHexStringLower(body);
        var text = Encoding.UTF8.GetString(body);
        if (!text.StartsWith('{') && !text.StartsWith('[')) return text;
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var nodes = lines.Select(line => Masked(JsonNode.Parse(line)!)).ToArray();
        return nodes.Length == 1 ? nodes[0] : new JsonArray(nodes);
    }

    private static JsonNode Masked(JsonNode node)
    {
        if (node is JsonObject answer)
        {
            // A created container's id is new each time.
            if (answer.Count == 2 && answer.ContainsKey("Warnings") && answer.ContainsKey("Id")) answer["Id"] = "<id>";
            if (!answer.ContainsKey("NCPU") && !answer.ContainsKey("Platform")) return node;
            Mask(answer);
            foreach (var component in answer["Components"]?.AsArray() ?? []) Mask(component!["Details"]!.AsObject());
        }

        return node;
    }

    private static void Mask(JsonObject answer)
    {
        foreach (var name in OfTheHost.Where(answer.ContainsKey)) answer[name] = "<of the host>";
    }

    /// <summary>What of a message an old client's request can change.</summary>
    private static string? Describe(object message) => message switch
    {
        CreateContainer create =>
            $"create remove={create.Spec.Host.AutoRemove} ipc={create.Spec.Host.IpcMode} cgroupns={create.Spec.Host.CgroupnsMode} "
            + JsonDocument.Parse(create.Spec.Host.HostConfigJson).RootElement.GetProperty("ConsoleSize"),
        StopContainer stop => $"stop timeout={stop.TimeoutSeconds} signal={stop.Signal}",
        WaitContainer wait => $"wait {wait.Condition}",
        PullImage pull => $"pull {pull.Reference} platform={pull.Platform}",
        _ => null,
    };

    private sealed class StoppedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
