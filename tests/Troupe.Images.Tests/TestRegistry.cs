using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Troupe.Images.Tests;

/// <summary>An answer of <see cref="TestRegistry"/>, with faults.</summary>
public sealed record TestAnswer(int Status, string Type, byte[] Body)
{
    public Dictionary<string, string> Headers { get; } = [];

    /// <summary>Bytes of the body after which the connection is cut.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Bytes of the body after which nothing comes any more.</summary>
    public int? StallAfter { get; init; }

    /// <summary>No answer at all.</summary>
    public bool IsSilent { get; init; }

    public static TestAnswer Json(int status, string json) => new(status, "application/json", Encoding.UTF8.GetBytes(json));

    public TestAnswer With(string header, string value)
    {
        Headers[header] = value;
        return this;
    }
}

public sealed record TestRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>A registry on a loopback socket: holds blobs and manifests, records requests, and lets a test answer for it.</summary>
public sealed class TestRegistry : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();

    public TestRegistry()
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    public string Host => $"127.0.0.1:{Port}";

    public ConcurrentQueue<TestRequest> Requests { get; } = new();

    public ConcurrentDictionary<string, byte[]> Blobs { get; } = new();

    /// <summary>By <c>repository:tag</c> and <c>repository@digest</c>: media type and bytes.</summary>
    public ConcurrentDictionary<string, (string Type, byte[] Body)> Manifests { get; } = new();

    /// <summary>Answers instead of the registry; null: the registry answers itself.</summary>
    public Func<TestRequest, TestAnswer?>? Intercept { get; set; }

    public int CountOf(string method, string pathPart) => Requests.Count(r => r.Method == method && r.Path.Contains(pathPart, StringComparison.Ordinal));

    public void Add(TestImage image, string repository, string tag)
    {
        foreach (var (digest, bytes) in image.Blobs) Blobs[digest] = bytes;
        Manifests[$"{repository}:{tag}"] = (image.TopType, image.Top);
        foreach (var (digest, type, bytes) in image.Manifests) Manifests[$"{repository}@{digest}"] = (type, bytes);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                if (await ReadAsync(stream) is not { } request) return;
                Requests.Enqueue(request);
                await WriteAsync(stream, request, Intercept?.Invoke(request) ?? Answer(request));
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
            {
            }
        }
    }

    private TestAnswer Answer(TestRequest request)
    {
        var path = request.Path.Split('?')[0];
        if (path == "/v2/") return TestAnswer.Json(200, "{}");
        if (!path.StartsWith("/v2/", StringComparison.Ordinal)) return TestAnswer.Json(404, "{}");
        var manifests = path.LastIndexOf("/manifests/", StringComparison.Ordinal);
        if (manifests > 0)
        {
            var name = path[4..manifests];
            var reference = path[(manifests + 11)..];
            var key = reference.StartsWith("sha256:", StringComparison.Ordinal) ? $"{name}@{reference}" : $"{name}:{reference}";
            return Manifests.TryGetValue(key, out var manifest)
                ? new TestAnswer(200, manifest.Type, manifest.Body).With("Docker-Content-Digest", Specs.Digest.Of(manifest.Body).ToString())
                : TestAnswer.Json(404, """{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{}}]}""");
        }

        var digest = path[(path.LastIndexOf('/') + 1)..];
        if (!Blobs.TryGetValue(digest, out var blob)) return TestAnswer.Json(404, """{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown"}]}""");
        if (!request.Headers.TryGetValue("range", out var range)) return new TestAnswer(200, "application/octet-stream", blob);
        var start = int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture);
        return new TestAnswer(206, "application/octet-stream", blob[start..]).With("Content-Range", $"bytes {start}-{blob.Length - 1}/{blob.Length}");
    }

    private async Task<TestRequest?> ReadAsync(NetworkStream stream)
    {
        var bytes = new List<byte>();
        var one = new byte[1];
        while (!(bytes.Count > 3 && bytes[^1] == '\n' && bytes[^3] == '\n'))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0) return null;
            bytes.Add(one[0]);
            // A TLS hello: a plain registry closes.
            if (bytes.Count == 1 && one[0] == 0x16) return null;
        }

        var lines = Encoding.ASCII.GetString([.. bytes]).Split("\r\n");
        var headers = lines.Skip(1).Where(l => l.Contains(':')).ToDictionary(
            l => l.Split(':', 2)[0].Trim().ToLowerInvariant(), l => l.Split(':', 2)[1].Trim());
        var length = headers.TryGetValue("content-length", out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, _stop.Token);
        var parts = lines[0].Split(' ');
        return new TestRequest(parts[0], parts[1], headers, Encoding.UTF8.GetString(body));
    }

    private async Task WriteAsync(NetworkStream stream, TestRequest request, TestAnswer answer)
    {
        if (answer.IsSilent)
        {
            await Task.Delay(Timeout.Infinite, _stop.Token);
            return;
        }

        var head = new StringBuilder($"HTTP/1.1 {answer.Status} X\r\nContent-Type: {answer.Type}\r\nContent-Length: {answer.Body.Length}\r\nConnection: close\r\n");
        foreach (var (key, value) in answer.Headers) head.Append(CultureInfo.InvariantCulture, $"{key}: {value}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head + "\r\n"), _stop.Token);
        if (request.Method == "HEAD") return;
        var length = answer.CutAfter ?? answer.StallAfter ?? answer.Body.Length;
        await stream.WriteAsync(answer.Body.AsMemory(0, Math.Min(length, answer.Body.Length)), _stop.Token);
        if (answer.StallAfter is not null) await Task.Delay(Timeout.Infinite, _stop.Token);
    }
}
