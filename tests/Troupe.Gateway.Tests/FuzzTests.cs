using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Troupe.Gateway.Tests.Fakes;

namespace Troupe.Gateway.Tests;

/// <summary>
/// Paths, queries, filters, bodies and credentials at random over a real socket: an answer in Docker's form, below 500 or 501, each time. Each run
/// has its own seed, which it prints; a few seconds each.
/// </summary>
public sealed class FuzzTests
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(3);
    private readonly int _seed = Random.Shared.Next();
    private readonly Random _random;

    public FuzzTests()
    {
        _random = new Random(_seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {_seed}");
    }

    [Fact]
    public async Task Path_and_query_when_random_then_an_answer()
    {
        string[] paths =
        [
            "/v1.51", "/v1.24", "/v9", "/containers", "/images", "/networks", "/json", "/create", "/c1", "/start", "/busybox", "/bridge", "/%00", "/%2e%2e", "/%2F", "/é", "//",
            "/_ping", "/info", "/version", "/resize", "/kill", "/logs", "/" + new string('a', 300),
        ];
        string[] names = ["filters", "all", "limit", "size", "stdout", "tail", "since", "until", "h", "w", "signal", "t", "force", "name", "platform", "fromImage", "tag", "condition", "x"];
        string[] methods = ["GET", "POST", "DELETE", "HEAD", "PUT", "PATCH", "OPTIONS"];
        await EachAsync(() =>
        {
            var path = Pick(paths, 4);
            // These wait for what never comes here.
            if (path.Contains("/events", StringComparison.Ordinal) || path.Contains("/wait", StringComparison.Ordinal)) path = "/info";
            var query = string.Join('&', Enumerable.Range(0, _random.Next(4)).Select(_ => $"{names[_random.Next(names.Length)]}={Uri.EscapeDataString(Text())}"));
            return new HttpRequestMessage(new HttpMethod(methods[_random.Next(methods.Length)]), new Uri("http://engine" + path + "?" + query));
        });
    }

    [Fact]
    public async Task Filters_when_random_then_an_answer()
    {
        string[] paths = ["/containers/json?all=1&filters=", "/images/json?filters=", "/networks?filters=", "/events?since=1&until=2&filters="];
        string[] names = ["status", "name", "id", "label", "ancestor", "before", "since", "exited", "reference", "dangling", "type", "driver", "health", "network", "image", "event", "odd"];
        await EachAsync(() =>
        {
            var members = Enumerable.Range(0, _random.Next(4)).Select(_ => $"\"{names[_random.Next(names.Length)]}\":{Value()}");
            var filters = Damaged("{" + string.Join(',', members) + "}");
            return new HttpRequestMessage(HttpMethod.Get, paths[_random.Next(paths.Length)] + Uri.EscapeDataString(filters));
        });

        string Value() => _random.Next(3) switch
        {
            0 => $"[{JsonSerializer.Serialize(Text())}]",
            1 => $"{{{JsonSerializer.Serialize(Text())}:{(_random.Next(2) == 0 ? "true" : "false")}}}",
            _ => $"{{\"{Pick(["[", "(", "*", "\\\\", "a", "^", "$", "\\ud800", "?", "{9999}", "/"], 40)}\":true}}",
        };
    }

    [Fact]
    public async Task Create_when_the_body_is_random_then_an_answer()
    {
        const string Good =
            """
            {"Image":"busybox","Cmd":["a"],"Env":["A=b"],"Tty":true,"ExposedPorts":{"80/tcp":{}},"Volumes":{},"Labels":{"a":"b"},"StopTimeout":5,
             "Healthcheck":{"Test":["NONE"]},"HostConfig":{"Memory":67108864,"NanoCpus":1,"PidsLimit":5,"Ulimits":[{"Name":"nofile","Soft":1,"Hard":2}],"ConsoleSize":[1,2],
             "RestartPolicy":{"Name":"no","MaximumRetryCount":0},"LogConfig":{"Type":"","Config":{}},"PortBindings":{},"Tmpfs":{"/t":""},"IpcMode":"","CapAdd":["ALL"]},
             "NetworkingConfig":{"EndpointsConfig":{"bridge":{"IPAMConfig":null,"Aliases":null}}}}
            """;
        await EachAsync(() =>
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Damaged(Good)));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            var version = _random.Next(3) switch { 0 => "1.24", 1 => "1.40", _ => "1.51" };
            return new HttpRequestMessage(HttpMethod.Post, $"/v{version}/containers/create") { Content = content };
        });
    }

    [Fact]
    public async Task Credentials_when_random_then_an_answer_that_never_repeats_them()
    {
        await EachAsync(() =>
        {
            var json = Damaged("""{"username":"hunter2secret","password":"hunter2secret","auth":"aHVudGVyMnNlY3JldDp4","identitytoken":null}""");
            var header = Convert.ToBase64String(Encoding.UTF8.GetBytes(json));
            if (_random.Next(3) == 0) header = header.Remove(_random.Next(header.Length), 1);
            var request = new HttpRequestMessage(HttpMethod.Post, "/images/create?fromImage=nosuch&tag=1");
            request.Headers.TryAddWithoutValidation("X-Registry-Auth", header);
            return request;
        }, forbidden: "hunter2");
    }

    private async Task EachAsync(Func<HttpRequestMessage> next, string? forbidden = null)
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Node.Add(FakeImages.View(Specs.ContainerId.New(), "c1", TestSpecs.Spec("sh"), FakeImages.Busybox.Id, Protocol.Containers.ContainerStatus.Running));
        using var http = gateway.Client();
        var watch = Stopwatch.StartNew();
        var counts = new Dictionary<int, int>();
        while (watch.Elapsed < Time)
        {
            using var request = next();
            var told = $"seed {_seed}: {request.Method} {request.RequestUri} {(request.Content is null ? "" : await request.Content.ReadAsStringAsync())}";
            using var answer = await http.SendAsync(request);
            var body = await answer.Content.ReadAsStringAsync();
            var status = (int)answer.StatusCode;
            counts[status] = counts.GetValueOrDefault(status) + 1;
            Assert.True(status is < 500 or 501, $"{told}\n{status} {body}");
            if (forbidden is not null) Assert.DoesNotContain(forbidden, body, StringComparison.Ordinal);
            if (status < 400 || request.Method == HttpMethod.Head) continue;
            // Kestrel itself refuses a NUL in a path, before any of our code.
            if (status == 400 && body.Length == 0 && request.RequestUri!.OriginalString.Split('?')[0].Contains("%00", StringComparison.Ordinal)) continue;
            Assert.True(IsMessage(body), $"{told}\n{status} {body}");
        }

        Assert.True(counts.Keys.Count > 1, $"seed {_seed}: only {string.Join(',', counts)}");
    }

    private static bool IsMessage(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.GetProperty("message").GetString() is { Length: > 0 };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            return false;
        }
    }

    private string Text() => _random.Next(4) switch
    {
        0 => Pick(["true", "0", "-1", "99999999999999999999", "1.5", "1e9", "2025-01-01T00:00:00Z", "1.999999999", "SIGKILL", "linux/amd64/v1", "-9223372036854775808"], 1),
        1 => string.Concat(Enumerable.Range(0, _random.Next(20)).Select(_ => (char)_random.Next(1, 0xD7FF))),
        2 => Pick(["a", ":", "/", "@", "=", "*", "[", "\\", "(", " ", "%", "\n", "\0"], 12),
        _ => "c1",
    };

    private string Pick(string[] pieces, int most) =>
        string.Concat(Enumerable.Range(0, _random.Next(most) + 1).Select(_ => pieces[_random.Next(pieces.Length)]));

    private string Damaged(string text)
    {
        string[] values = ["null", "5", "-1", "1e400", "\"\"", "\"\\ud800\"", "[]", "{}", "[null]", "true", "99999999999999999999", "\"x\"", "{\"a\":null}", "{\"\\ud800\":true}", "[[[[[[]]]]]]"];
        for (var i = _random.Next(4); i > 0 && text.Length > 2; i--)
        {
            var at = _random.Next(text.Length);
            var colon = text.IndexOf(':', at);
            var end = colon < 0 ? -1 : text.IndexOfAny([',', '}', ']'], colon);
            text = _random.Next(4) switch
            {
                0 => text.Remove(at, Math.Min(_random.Next(12), text.Length - at)),
                1 => text[..at] + (char)_random.Next(1, 300) + text[at..],
                _ => end > 0 ? text[..(colon + 1)] + values[_random.Next(values.Length)] + text[end..] : text,
            };
        }

        return text;
    }
}
