using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Troupe.Runtime.Tests.Harness;

/// <summary>What a finished program left.</summary>
internal sealed record Outcome(string Shown, int ExitCode, string Output, string Error)
{
    public Outcome Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"{Shown}\nexit code {ExitCode}, expected {exitCode}\n--- stdout\n{Output}\n--- stderr\n{Error}");
        return this;
    }
}

/// <summary>
/// An OCI runtime with a state directory of its own: ours, or a peer that shows that the test itself is right. Disposing deletes the
/// containers that are left.
/// </summary>
internal sealed class OciRuntime : IDisposable
{
    /// <summary>Under test, and Debian's two.</summary>
    public const string Troupe = "troupe-runtime";

    /// <summary>Ours, shown a machine without the v1 controller of devices: their rules are a program on the v2 tree.</summary>
    public const string TroupeDevicesV2 = "troupe-runtime, devices by v2";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private static int s_ids;

    private readonly string[] _command;
    private readonly string _root;
    private readonly List<string> _made = [];

    public OciRuntime(string name)
    {
        Name = name;
        _root = Directory.CreateTempSubdirectory("trp-rt-").FullName;
        _command = name switch
        {
            Troupe => [OurBinary(), "--root", _root],
            TroupeDevicesV2 => [Find("unshare"), "--mount", "/bin/sh", "-c", "for d in /sys/fs/cgroup/devices*; do mountpoint -q $d && umount $d; done; exec \"$@\"", "sh", OurBinary(), "--root", _root],
            "runc" => [Find("runc"), "--root", _root],
            // crun refuses a machine whose v2 tree has controllers beside v1 hierarchies: it is shown one without that tree.
            "crun" => [Find("unshare"), "--mount", "/bin/sh", "-c", "mountpoint -q /sys/fs/cgroup/unified && umount /sys/fs/cgroup/unified; exec \"$@\"", "crun", Find("crun"), "--root", _root],
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };
    }

    public static TheoryData<string> All => [Troupe, "runc", "crun"];

    public string Name { get; }

    public bool IsOurs => Name == Troupe;

    /// <summary>An id that no other test has, also not one of another process.</summary>
    public string NewId()
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"trptest-{Environment.ProcessId}-{Interlocked.Increment(ref s_ids)}");
        _made.Add(id);
        return id;
    }

    public Outcome Call(params IReadOnlyList<string> arguments) => Call(arguments, "");

    public Outcome Call(IReadOnlyList<string> arguments, string input)
    {
        using var running = Start(arguments);
        running.Process.StandardInput.Write(input);
        running.Process.StandardInput.Close();
        return running.Wait(s_limit);
    }

    /// <summary>
    /// For <c>create</c> and detached <c>run</c>: the container keeps stdout open, so it goes to a file and only the runtime is waited for.
    /// </summary>
    public Outcome CallDetached(string outputFile, params IReadOnlyList<string> arguments)
    {
        string[] shell = ["/bin/sh", "-c", "out=$1; shift; exec \"$@\" >\"$out\" 2>&1 </dev/null", "sh", outputFile, .. _command, .. arguments];
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo(shell[0], shell[1..]))!;
        Assert.True(process.WaitForExit(s_limit), $"{string.Join(' ', arguments)} hangs");
        return new Outcome($"$ {Name} {string.Join(' ', arguments)}", process.ExitCode, File.ReadAllText(outputFile), "");
    }

    public Running Start(IReadOnlyList<string> arguments)
    {
        string[] words = [.. _command, .. arguments];
        var info = new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, StandardInputEncoding = new UTF8Encoding(false),
        };
        return new Running(System.Diagnostics.Process.Start(info)!, $"$ {Name} {string.Join(' ', arguments)}");
    }

    /// <summary>Runs a bundle to its end; stdout, stderr and the exit code are the container's.</summary>
    public Outcome Run(Bundle bundle, string input = "") => Call(["run", "--bundle", bundle.Path, NewId()], input);

    public JsonElement State(string id) => JsonDocument.Parse(Call("state", id).Expect(0).Output).RootElement;

    /// <summary>Waits until <c>state</c> says so.</summary>
    public void AwaitStatus(string id, string status)
    {
        var clock = Stopwatch.StartNew();
        string? last = null;
        while (clock.Elapsed < s_limit)
        {
            last = State(id).GetProperty("status").GetString();
            if (last == status) return;
        }

        Assert.Fail($"{id} is {last}, not {status}");
    }

    public void Dispose()
    {
        foreach (var id in _made) Call("delete", "--force", id);
        var left = Leaks();
        Directory.Delete(_root, recursive: true);
        Assert.True(left.Count == 0, $"{Name} left behind:\n{string.Join('\n', left)}");
    }

    /// <summary>State, cgroups, mounts and processes of this object's containers.</summary>
    public IReadOnlyList<string> Leaks() =>
    [
        .. _made.Where(id => Directory.Exists(Path.Join(_root, id))).Select(id => "state " + id),
        .. Directory.GetDirectories("/sys/fs/cgroup").SelectMany(h => _made.SelectMany(id => new[] { $"{h}/{id}", $"{h}/user.slice/{id}" })).Where(Directory.Exists).Select(d => "cgroup " + d),
        .. File.ReadAllLines("/proc/self/mountinfo").Where(l => l.Contains(_root, StringComparison.Ordinal)).Select(l => "mount " + l),
    ];

    private static string OurBinary()
    {
        // The published binary where there is one: what is tested is what is shipped.
        var folder = Environment.GetEnvironmentVariable("TROUPE_BIN") ?? Path.Join(Bundle.Repository, "artifacts/bin");
        var published = Path.Join(folder, Troupe);
        return File.Exists(published) ? published : Path.Join(AppContext.BaseDirectory, Troupe);
    }

    private static string Find(string name) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin".Split(':').Select(f => Path.Join(f, name)).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"{name} is not installed; ./build.sh --target=Test installs it");
}

/// <summary>A started program. Disposing kills it.</summary>
internal sealed class Running : IDisposable
{
    private readonly Task<string> _output;
    private readonly Task<string> _error;
    private readonly string _shown;

    public Running(Process process, string shown)
    {
        (Process, _shown) = (process, shown);
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    public Process Process { get; }

    public Outcome Wait(TimeSpan limit)
    {
        Assert.True(Process.WaitForExit(limit), $"{_shown} hangs");
        return new Outcome(_shown, Process.ExitCode, _output.GetAwaiter().GetResult(), _error.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        if (!Process.HasExited) Process.Kill();
        Process.Dispose();
    }
}
