using System.CommandLine;
using System.Globalization;
using Troupe.Api.Containers;
using Troupe.Cli.Output;

namespace Troupe.Cli.CommandLine;

/// <summary>The options that <c>run</c> and <c>create</c> share, and the request that they make.</summary>
internal sealed class ContainerOptions
{
    public Option<string?> Name { get; } = Words.Text("Assign a name to the container", "--name");

    public Option<bool> Interactive { get; } = Words.Flag("Keep STDIN open even if not attached", "--interactive", "-i");

    public Option<bool> Tty { get; } = Words.Flag("Allocate a pseudo-TTY", "--tty", "-t");

    public Option<bool> Remove { get; } = Words.Flag("Remove the container when it exits", "--rm");

    public Option<string?> Pull { get; } = Words.Text("Pull the image before creating (\"always\", \"missing\", \"never\")", "--pull");

    public Argument<string> Image { get; } = Words.One("IMAGE");

    public Argument<string[]> Command { get; } = Words.Any("COMMAND");

    private readonly Option<string[]> _env = Words.List("Set environment variables", "--env", "-e");
    private readonly Option<string[]> _envFile = Words.List("Read in a file of environment variables", "--env-file");
    private readonly Option<string?> _workdir = Words.Text("Working directory inside the container", "--workdir", "-w");
    private readonly Option<string?> _user = Words.Text("Username or UID (format: <name|uid>[:<group|gid>])", "--user", "-u");
    private readonly Option<string?> _network = Words.Text("Connect the container to a network", "--network", "--net");
    private readonly Option<string?> _entrypoint = Words.Text("Overwrite the default ENTRYPOINT of the image", "--entrypoint");
    private readonly Option<string?> _hostname = Words.Text("Container host name", "--hostname", "-h");
    private readonly Option<string?> _memory = Words.Text("Memory limit", "--memory", "-m");
    private readonly Option<string?> _cpus = Words.Text("Number of CPUs", "--cpus");
    private readonly Option<int?> _pidsLimit = Words.Number("Tune container pids limit (-1 for unlimited)", "--pids-limit");
    private readonly Option<bool> _readOnly = Words.Flag("Mount the container's root filesystem as read only", "--read-only");
    private readonly Option<bool> _privileged = Words.Flag("Give extended privileges to this container", "--privileged");
    private readonly Option<string[]> _capAdd = Words.List("Add Linux capabilities", "--cap-add");
    private readonly Option<string[]> _capDrop = Words.List("Drop Linux capabilities", "--cap-drop");
    private readonly Option<string[]> _securityOpt = Words.List("Security options", "--security-opt");
    private readonly Option<string[]> _labels = Words.List("Set meta data on a container", "--label", "-l");
    private readonly Option<string?> _stopSignal = Words.Text("Signal to stop the container", "--stop-signal");
    private readonly Option<int?> _stopTimeout = Words.Number("Timeout (in seconds) to stop a container", "--stop-timeout");

    public void AddTo(Command command)
    {
        Option[] options =
        [
            Name, Interactive, Tty, Remove, Pull, _env, _envFile, _workdir, _user, _network, _entrypoint, _hostname, _memory, _cpus,
            _pidsLimit, _readOnly, _privileged, _capAdd, _capDrop, _securityOpt, _labels, _stopSignal, _stopTimeout,
        ];
        foreach (var option in options) command.Options.Add(option);
        command.Arguments.Add(Image);
        command.Arguments.Add(Command);
    }

    /// <exception cref="CliException">A value that can't be read; exit code 125.</exception>
    public ContainerCreateRequest ToRequest(ParseResult parsed, bool isAttached)
    {
        var hasInput = parsed.GetValue(Interactive);
        var command = parsed.GetValue(Command) ?? [];
        var entrypoint = parsed.GetValue(_entrypoint);
        return new ContainerCreateRequest
        {
            Image = parsed.GetRequiredValue(Image),
            Cmd = command.Length > 0 ? command : null,
            // Docker's way to say "no entry point at all" is a list of one empty word.
            Entrypoint = entrypoint is null ? null : [entrypoint],
            Hostname = parsed.GetValue(_hostname) ?? "",
            User = parsed.GetValue(_user) ?? "",
            WorkingDir = parsed.GetValue(_workdir) ?? "",
            Env = Environment(parsed),
            Labels = Pairs(parsed.GetValue(_labels)!),
            Tty = parsed.GetValue(Tty),
            OpenStdin = hasInput,
            StdinOnce = hasInput && isAttached,
            AttachStdin = hasInput && isAttached,
            AttachStdout = isAttached,
            AttachStderr = isAttached,
            StopSignal = parsed.GetValue(_stopSignal),
            StopTimeout = parsed.GetValue(_stopTimeout),
            HostConfig = ToHostConfig(parsed),
        };
    }

    private HostConfig ToHostConfig(ParseResult parsed) => new()
    {
        NetworkMode = parsed.GetValue(_network) ?? "default",
        AutoRemove = parsed.GetValue(Remove),
        Privileged = parsed.GetValue(_privileged),
        ReadonlyRootfs = parsed.GetValue(_readOnly),
        CapAdd = NullIfEmpty(parsed.GetValue(_capAdd)!),
        CapDrop = NullIfEmpty(parsed.GetValue(_capDrop)!),
        SecurityOpt = NullIfEmpty(parsed.GetValue(_securityOpt)!),
        Memory = Memory(parsed.GetValue(_memory)),
        NanoCpus = NanoCpus(parsed.GetValue(_cpus)),
        PidsLimit = parsed.GetValue(_pidsLimit),
        RestartPolicy = new RestartPolicy { Name = "no" },
    };

    private static long Memory(string? text)
    {
        if (text is null) return 0;
        return Human.TryParseBytes(text, out var bytes) ? bytes : throw Invalid(text, "--memory", $"invalid size: '{text}'");
    }

    private static long NanoCpus(string? text)
    {
        if (text is null) return 0;
        return decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var cpus)
            ? (long)(cpus * 1_000_000_000)
            : throw Invalid(text, "--cpus", "failed to parse as a rational number");
    }

    /// <summary>Files first, then --env; a name without "=" takes our own value, and is left out where we have none.</summary>
    private string[]? Environment(ParseResult parsed) =>
        NullIfEmpty([.. parsed.GetValue(_envFile)!.SelectMany(ReadLines).Concat(parsed.GetValue(_env)!).Select(Resolve).OfType<string>()]);

    private static string? Resolve(string variable)
    {
        if (variable.Contains('=', StringComparison.Ordinal)) return variable;
        return System.Environment.GetEnvironmentVariable(variable) is { } value ? $"{variable}={value}" : null;
    }

    private static IEnumerable<string> ReadLines(string file)
    {
        try
        {
            return [.. File.ReadLines(file).Select(l => l.TrimStart()).Where(l => l.Length > 0 && l[0] != '#')];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"open {file}: {e.Message}", TokenOrder.ExitUsage);
        }
    }

    private static Dictionary<string, string> Pairs(string[] pairs)
    {
        var result = new Dictionary<string, string>();
        foreach (var pair in pairs.Select(p => p.Split('=', 2))) result[pair[0]] = pair.Length == 2 ? pair[1] : "";
        return result;
    }

    private static string[]? NullIfEmpty(string[] values) => values.Length == 0 ? null : values;

    private static CliException Invalid(string text, string option, string reason) =>
        new($"invalid argument \"{text}\" for \"{option}\" flag: {reason}", TokenOrder.ExitUsage);
}
