using System.Net;
using System.Net.Sockets;

namespace Troupe.Integration.Tests.Harness;

/// <summary>Debian's docker-registry on a loopback port of its own, filled with busybox; one for the whole run.</summary>
public sealed class RegistryFixture : IAsyncLifetime
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(30);
    private readonly TempFolder _folder = new();
    private Command? _process;

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Address { get; private set; } = "";

    public string Busybox => $"{Address}/busybox";

    public async ValueTask InitializeAsync()
    {
        Address = $"127.0.0.1:{FreePort()}";
        await File.WriteAllTextAsync(_folder["config.yml"], $"""
            version: 0.1
            log: {"{"} level: warn {"}"}
            storage:
              filesystem: {"{"} rootdirectory: {_folder["storage"]} {"}"}
              delete: {"{"} enabled: true {"}"}
            http: {"{"} addr: {Address} {"}"}
            """);
        _process = Command.Start(Programs.Find("docker-registry"), ["serve", _folder["config.yml"]]);
        using var http = new HttpClient();
        await Poll.UntilAsync($"docker-registry answers on {Address}", ReadyLimit, () => AnswersAsync(http));
        foreach (var tag in new[] { "latest", "1.35", "removed" })
        {
            await BusyboxImage.WriteAsync(_folder[tag], tag);
            await PushAsync(_folder[tag], $"busybox:{tag}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Copies an OCI layout with one image into the registry.</summary>
    public async Task PushAsync(string layout, string name) =>
        (await Command.RunAsync(
            Programs.Find("skopeo"), ["copy", "--quiet", "--dest-tls-verify=false", $"oci:{layout}", $"docker://{Address}/{name}"])).ExpectSuccess();

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<bool> AnswersAsync(HttpClient http)
    {
        Assert.False(_process!.HasExited, $"docker-registry ended:\n{_process.Error}");
        try
        {
            using var answer = await http.GetAsync($"http://{Address}/v2/");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
