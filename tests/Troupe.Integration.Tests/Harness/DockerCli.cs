namespace Troupe.Integration.Tests.Harness;

/// <summary>The stock docker command line, talking to one node, with a configuration folder of its own.</summary>
internal sealed class DockerCli(string host, string config)
{
    private readonly Dictionary<string, string?> _environment = new()
    {
        ["DOCKER_HOST"] = host,
        ["DOCKER_CONFIG"] = config,
        ["DOCKER_API_VERSION"] = null,
        ["DOCKER_CONTEXT"] = null,
    };

    public IReadOnlyDictionary<string, string?> Environment => _environment;

    public static string Program { get; } = Programs.Find("docker");

    public Task<CommandResult> RunAsync(params string[] arguments) => Command.RunAsync(Program, arguments, _environment);

    public Task<CommandResult> RunWithInputAsync(string input, params string[] arguments) =>
        Command.RunAsync(Program, arguments, _environment, input);

    /// <summary>For commands that go on (logs -f, events).</summary>
    public Command Start(params string[] arguments) => Command.Start(Program, arguments, _environment);

    /// <summary>In a terminal of its own, by script(1). The output has the terminal's line ends.</summary>
    public Task<CommandResult> RunInTerminalAsync(string input, params string[] arguments) =>
        Command.RunAsync(
            Programs.Find("script"), ["-qec", string.Join(' ', arguments.Prepend(Program).Select(Quote)), "/dev/null"], _environment, input);

    /// <summary>One field by docker's own template, trimmed.</summary>
    public async Task<string> InspectAsync(string name, string template) =>
        (await RunAsync("inspect", "--format", template, name)).ExpectSuccess().Line;

    private static string Quote(string word) => $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}

/// <summary>Our own command line, talking to one node.</summary>
internal sealed class TroupeCli(string host)
{
    private readonly Dictionary<string, string?> _environment = new() { ["DOCKER_HOST"] = host };

    public Task<CommandResult> RunAsync(params string[] arguments) => Command.RunAsync(Programs.Troupe, arguments, _environment);

    public Task<CommandResult> RunWithInputAsync(string input, params string[] arguments) =>
        Command.RunAsync(Programs.Troupe, arguments, _environment, input);

    public Command Start(params string[] arguments) => Command.Start(Programs.Troupe, arguments, _environment);

    public Task<CommandResult> RunInTerminalAsync(string input, params string[] arguments) =>
        Command.RunAsync(
            Programs.Find("script"), ["-qec", string.Join(' ', arguments.Prepend(Programs.Troupe).Select(w => $"'{w}'")), "/dev/null"],
            _environment, input);
}
