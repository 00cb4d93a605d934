using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Troupe.Integration.Tests.Harness;
using Troupe.Protocol.Images;

namespace Troupe.Integration.Tests.Images;

/// <summary>Debian's docker-registry behind a password, by htpasswd or by a token server in the test.</summary>
internal sealed class PrivateRegistry : IAsyncDisposable
{
    public const string User = "me";
    private const string Password = "secret";

    /// <summary>bcrypt of the password; docker-registry takes no other kind.</summary>
    private const string PasswordHash = "$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a";

    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(30);
    private readonly TempFolder _folder = new();
    private readonly HttpListener _tokens = new();
    private readonly TokenSigner _signer = new();
    private readonly string _realm = $"http://127.0.0.1:{RegistryFixture.FreePort()}/";
    private Command? _process;
    private Task? _serving;

    public static RegistryAuth Auth { get; } = new(User, Password, "", "");

    public string Address { get; } = $"127.0.0.1:{RegistryFixture.FreePort()}";

    public string Busybox => $"{Address}/busybox";

    public ConcurrentQueue<string> TokenRequests { get; } = new();

    public static Task<PrivateRegistry> StartBasicAsync()
    {
        var registry = new PrivateRegistry();
        File.WriteAllText(registry._folder["htpasswd"], $"{User}:{PasswordHash}\n");
        return registry.StartAsync($"htpasswd: {{ realm: test, path: {registry._folder["htpasswd"]} }}");
    }

    public static Task<PrivateRegistry> StartTokenAsync()
    {
        var registry = new PrivateRegistry();
        File.WriteAllText(registry._folder["root.pem"], registry._signer.CertificatePem);
        registry._tokens.Prefixes.Add(registry._realm);
        registry._tokens.Start();
        registry._serving = registry.ServeTokensAsync();
        return registry.StartAsync(
            $"token: {{ realm: \"{registry._realm}token\", service: {TokenSigner.Service}, issuer: {TokenSigner.Issuer}, rootcertbundle: {registry._folder["root.pem"]} }}");
    }

    /// <summary>Copies busybox from the open registry.</summary>
    public async Task FillAsync(RegistryFixture from) => (await Command.RunAsync(
        Programs.Find("skopeo"),
        [
            "copy", "--quiet", "--src-tls-verify=false", "--dest-tls-verify=false", "--dest-creds", $"{User}:{Password}",
            $"docker://{from.Busybox}:latest", $"docker://{Busybox}:latest",
        ])).ExpectSuccess();

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _tokens.Close();
        if (_serving is not null) await _serving;
        _signer.Dispose();
        _folder.Dispose();
    }

    private async Task<PrivateRegistry> StartAsync(string auth)
    {
        await File.WriteAllTextAsync(_folder["config.yml"], $"""
            version: 0.1
            log: {"{"} level: warn {"}"}
            storage: {"{"} filesystem: {"{"} rootdirectory: {_folder["storage"]} {"}"} {"}"}
            http: {"{"} addr: {Address} {"}"}
            auth: {"{"} {auth} {"}"}
            """);
        _process = Command.Start(Programs.Find("docker-registry"), ["serve", _folder["config.yml"]]);
        using var http = new HttpClient();
        await Poll.UntilAsync($"docker-registry answers on {Address}", ReadyLimit, async () =>
        {
            Assert.False(_process.HasExited, $"docker-registry ended:\n{_process.Error}");
            try
            {
                using var answer = await http.GetAsync($"http://{Address}/v2/");
                return answer.StatusCode == HttpStatusCode.Unauthorized;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        return this;
    }

    private async Task ServeTokensAsync()
    {
        try
        {
            while (true) Answer(await _tokens.GetContextAsync());
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
        }
    }

    /// <summary>As the Hub's: who says nothing gets a token that allows nothing, who says something wrong gets none.</summary>
    private void Answer(HttpListenerContext context)
    {
        TokenRequests.Enqueue(context.Request.Url!.Query);
        var given = context.Request.Headers["Authorization"];
        var expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"));
        var (status, body) = given is null || given == expected
            ? (200, $$"""{"token":"{{_signer.Sign(given is null ? [] : context.Request.QueryString.GetValues("scope") ?? [])}}","expires_in":300}""")
            : (401, """{"details":"incorrect username or password"}""");
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.Close(Encoding.UTF8.GetBytes(body), willBlock: false);
    }
}
