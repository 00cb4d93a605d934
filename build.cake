// Targets: Hello (default), Test, Publish, Run, Bench. build.sh calls this file.
#load "src/Troupe.Images/Seed/seed.cake"
using System.Diagnostics;
using System.Xml.Linq;

var target = Argument("target", "Hello");
var rid = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64
  ? "linux-arm64" : "linux-x64";
var root = Context.Environment.WorkingDirectory.FullPath;
var bin = $"{root}/artifacts/bin";
var share = $"{root}/artifacts/share/troupe";

// ---- processes

int Exec(string program, IEnumerable<string> arguments, string log = null, IDictionary<string, string> env = null)
{
  var info = new ProcessStartInfo(program) { RedirectStandardOutput = log != null, RedirectStandardError = log != null };
  foreach (var argument in arguments) info.ArgumentList.Add(argument);
  foreach (var (name, value) in env ?? new Dictionary<string, string>()) info.Environment[name] = value;
  using var process = System.Diagnostics.Process.Start(info);
  if (log != null)
  {
    var error = process.StandardError.ReadToEndAsync();
    System.IO.File.WriteAllText(log, process.StandardOutput.ReadToEnd() + error.GetAwaiter().GetResult());
  }
  process.WaitForExit();
  return process.ExitCode;
}

/// Cake's own log is quiet; this is for the reader.
void Say(string text) => Console.WriteLine(text);

/// Quiet while it works, the whole output when it does not.
void Must(string program, params string[] arguments)
{
  var log = $"{root}/artifacts/{Guid.NewGuid():N}.log";
  EnsureDirectoryExists("artifacts");
  var code = Exec(program, arguments, log);
  var text = System.IO.File.ReadAllText(log);
  System.IO.File.Delete(log);
  if (code != 0) throw new CakeException($"{text}\n{program} {string.Join(' ', arguments)}: exit code {code}");
}

void PublishProject(string project, string output, params string[] files)
{
  Must("dotnet", "publish", $"src/{project}", "-c", "Release", $"-p:TroupeRid={rid}", "-o", $"artifacts/publish/{project}", "-v", "q", "-nologo");
  foreach (var file in files) CopyFile($"artifacts/publish/{project}/{file}", $"{output}/{file}");
}

// ---- targets

Task("Build").Does(() => Must("dotnet", "build", "Actors.sln", "-c", "Release", "-v", "q", "-nologo"));

Task("Publish").Does(() =>
{
  EnsureDirectoryExists(bin);
  CleanDirectory(share);
  PublishProject("Troupe.Runtime", bin, "troupe-runtime");
  PublishProject("Troupe.Cli", bin, "troupe");
  PublishProject("Troupe.Daemon", bin, "trouped", "libe_sqlite3.so");
  CopyDirectory("hocon", $"{share}/hocon");
  MakeSeed($"{root}/src/Troupe.Images/Seed/hello.c", $"{share}/seed", Must);
});

Task("Hello").IsDependentOn("Publish").Does(() =>
{
  var node = System.IO.Directory.CreateTempSubdirectory("troupe-hello-").FullName;
  var env = new Dictionary<string, string> { ["DOCKER_HOST"] = $"unix://{node}/troupe.sock" };
  int Troupe(params string[] arguments)
  {
    Say("\n$ troupe " + string.Join(' ', arguments));
    return Exec($"{bin}/troupe", arguments, env: env);
  }

  Say($"$ trouped --data-root {node}/data --exec-root {node}/exec --host unix://{node}/troupe.sock");
  using var log = new System.IO.StreamWriter($"{node}/trouped.log");
  var info = new ProcessStartInfo($"{bin}/trouped") { RedirectStandardOutput = true, RedirectStandardError = true };
  foreach (var argument in new[] { "--data-root", $"{node}/data", "--exec-root", $"{node}/exec", "--host", env["DOCKER_HOST"], "--log-level", "debug" })
    info.ArgumentList.Add(argument);
  using var trouped = System.Diagnostics.Process.Start(info);
  DataReceivedEventHandler write = (_, line) => { lock (log) { if (line.Data != null) log.WriteLine(line.Data); } };
  trouped.OutputDataReceived += write;
  trouped.ErrorDataReceived += write;
  trouped.BeginOutputReadLine();
  trouped.BeginErrorReadLine();

  var failed = 0;
  try
  {
    for (var until = DateTime.Now.AddSeconds(60); Exec($"{bin}/troupe", ["version"], $"{node}/version", env) != 0;)
    {
      if (trouped.HasExited || DateTime.Now > until) throw new CakeException("trouped did not come up:\n" + ReadShared($"{node}/trouped.log", log));
      System.Threading.Thread.Sleep(100);
    }

    var since = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString();
    failed += Troupe("version");
    failed += Troupe("run", "--name", "hello", "hello-world");
    failed += Troupe("ps", "-a");
    failed += Troupe("events", "--since", since, "--until", DateTimeOffset.UtcNow.AddSeconds(1).ToUnixTimeSeconds().ToString());
    Say("\nWhat each layer did (trouped's log):");
    foreach (var line in Layers(ReadShared($"{node}/trouped.log", log))) Say("  " + line);
    failed += Troupe("rm", "hello");
    failed += Troupe("rmi", "hello-world");
  }
  finally
  {
    if (!trouped.HasExited) Must("kill", "-TERM", trouped.Id.ToString());
    if (!trouped.WaitForExit(20_000)) trouped.Kill();
    var left = Leftovers(node);
    System.IO.Directory.Delete(node, recursive: true);
    if (left.Count > 0) throw new CakeException("left behind:\n" + string.Join('\n', left));
  }

  if (failed != 0) throw new CakeException("hello-world did not run.");
  Say("\nThe node is stopped and nothing is left of it.");
});

/// The log's lines about containers and images: when, which actor, what.
IEnumerable<string> Layers(string log)
{
  foreach (var line in log.Split('\n').Where(l => l.StartsWith('{')))
  {
    using var json = System.Text.Json.JsonDocument.Parse(line);
    string Of(string name) => json.RootElement.GetProperty(name).GetString();
    if (System.Text.RegularExpressions.Regex.Match(Of("Message"), @"^((container|image|network) [^ ]+: .+?) \(akka[^ ]*$") is { Success: true } match)
      yield return $"{Of("Timestamp")[11..23]} {Of("Category"),-15} {System.Text.RegularExpressions.Regex.Replace(match.Groups[1].Value, "[0-9a-f]{64}", m => m.Value[..12])}";
  }
}

string ReadShared(string path, System.IO.StreamWriter writer)
{
  lock (writer) writer.Flush();
  using var reader = new System.IO.StreamReader(new System.IO.FileStream(path, System.IO.FileMode.Open, System.IO.FileAccess.Read, System.IO.FileShare.ReadWrite));
  return reader.ReadToEnd();
}

/// Mounts, links and cgroups of the node whose roots lie below a folder.
List<string> Leftovers(string node)
{
  var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{node}/data"));
  var instance = Convert.ToHexStringLower(hash)[..6];
  var mounts = System.IO.File.ReadLines("/proc/self/mountinfo").Where(l => l.Contains(node, StringComparison.Ordinal));
  var links = System.IO.Directory.GetFileSystemEntries("/sys/class/net", $"trp{instance}*");
  var groups = System.IO.Directory.GetDirectories("/sys/fs/cgroup").Prepend("/sys/fs/cgroup")
    .SelectMany(g => System.IO.Directory.GetDirectories(g, $"troupe-{instance}*"));
  return [.. mounts, .. links, .. groups];
}

Task("Run").IsDependentOn("Publish").Does(() =>
{
  Say("trouped on unix:///run/troupe.sock (DOCKER_HOST=unix:///run/troupe.sock docker ps); Ctrl-C stops it.");
  Exec($"{bin}/trouped", []);
});

Task("Bench").IsDependentOn("Publish").Does(() =>
  Exec("dotnet", ["run", "-c", "Release", "--project", "tests/Troupe.Benchmarks", "--", .. Argument("only", "").Split(',')]));

Task("Test").IsDependentOn("Build").IsDependentOn("Publish").Does(() =>
{
  CleanDirectory("artifacts/tests");
  var programs = GetFiles("tests/*.Tests/*.csproj").Select(p => p.GetFilenameWithoutExtension().ToString()).Order().ToList();
  var env = new Dictionary<string, string> { ["TROUPE_BIN"] = bin, ["TROUPE_SHARE"] = share };
  void RunTests(string name) => Exec("timeout",
    ["-k", "10", "1200", $"tests/{name}/bin/Release/net10.0/{name}", "-noLogo", "-noColor", "-trx", $"artifacts/tests/{name}.trx"], $"artifacts/tests/{name}.log", env);

  // The kernel tests measure leaks and times of a whole machine: they run alone, after all others.
  System.Threading.Tasks.Parallel.ForEach(programs.Where(p => p != "Troupe.Integration.Tests"), new() { MaxDegreeOfParallelism = 2 }, RunTests);
  RunTests("Troupe.Integration.Tests");

  int passed = 0, failed = 0, skipped = 0;
  var allowed = System.IO.File.ReadAllLines("tests/skips.allowed").Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split(' ')[0]).ToHashSet();
  foreach (var name in programs)
  {
    var trx = $"artifacts/tests/{name}.trx";
    var results = System.IO.File.Exists(trx) ? XDocument.Load(trx).Descendants().Where(e => e.Name.LocalName == "UnitTestResult").ToList() : [];
    string Name(XElement e) => (string)e.Attribute("testName");
    int Count(string outcome) => results.Count(e => (string)e.Attribute("outcome") == outcome);
    var forbidden = results.Where(e => (string)e.Attribute("outcome") == "NotExecuted" && !allowed.Contains(Name(e).Split('(')[0])).ToList();
    var (good, skips) = (Count("Passed"), Count("NotExecuted"));
    // A program that ended without a result (a crash, the time limit) is one failure.
    var bad = results.Count - good - skips + (results.Count == 0 ? 1 : 0);
    if (bad > 0) Say(results.Count == 0 ? System.IO.File.ReadAllText($"artifacts/tests/{name}.log") : Failures(results));
    foreach (var skip in forbidden) Say($"{Name(skip)}: skipped, but not in tests/skips.allowed: counted as failed");
    Say($"{name}: {good} passed, {bad + forbidden.Count} failed, {skips - forbidden.Count} skipped");
    (passed, failed, skipped) = (passed + good, failed + bad + forbidden.Count, skipped + skips - forbidden.Count);
  }

  // The rest of the output says which and why; the last line is the count.
  Say($"{passed} passed, {failed} failed, {skipped} skipped");
  Environment.Exit(failed > 0 ? 1 : 0);
});

string Failures(IEnumerable<XElement> results) => string.Join('\n', results.Where(e => (string)e.Attribute("outcome") == "Failed").Select(e =>
  $"FAILED {(string)e.Attribute("testName")}\n{string.Join('\n', e.Descendants().Where(d => d.Name.LocalName is "Message" or "StackTrace").Select(d => d.Value))}\n"));

RunTarget(target);
