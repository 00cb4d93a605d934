using Troupe.Daemon.Options;

namespace Troupe.Daemon.Tests.Options;

public sealed class OptionsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("troupe-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Options_when_nothing_is_said_then_are_the_defaults()
    {
        var options = Read();

        Assert.Equal("/var/lib/troupe", options.DataRoot);
        Assert.Equal("/run/troupe", options.ExecRoot);
        Assert.Equal("/run/troupe/trouped.pid", options.PidFile);
        Assert.Equal("/run/troupe.sock", Assert.Single(options.Hosts).UnixPath);
        Assert.Equal("info", options.LogLevel);
        Assert.False(options.Debug);
    }

    [Fact]
    public void Options_when_given_in_every_spelling_then_mean_the_same()
    {
        var options = Read(
            "-H", "unix:///a.sock", "--host=unix:///b.sock", "-Hunix:///c.sock", "-D=false", "--data-root", "/d/", "--exec-root=/e", "-p", "/p",
            "-lwarn", "--label", "a=b", "--label=c=d", "--insecure-registry", "r:5000", "--registry-mirror", "http://m:1",
            "--bip", "10.9.0.1/24", "--default-address-pool", "base=10.8.0.0/16,size=24", "--set", "akka.loglevel=DEBUG");

        Assert.Equal(["/a.sock", "/b.sock", "/c.sock"], options.Hosts.Select(h => h.UnixPath));
        Assert.Equal(("/d", "/e", "/p", "warn"), (options.DataRoot, options.ExecRoot, options.PidFile, options.LogLevel));
        Assert.False(options.Debug);
        Assert.Equal(["a=b", "c=d"], options.Labels);
        Assert.Equal(["r:5000"], options.InsecureRegistries);
        Assert.Equal(["http://m:1"], options.RegistryMirrors);
        Assert.Equal("10.9.0.1/24", options.Bip);
        Assert.Equal(new AddressPool("10.8.0.0/16", 24), Assert.Single(options.AddressPools));
        Assert.Equal(["akka.loglevel=DEBUG"], options.HoconSettings);
    }

    [Theory]
    [InlineData("unknown flag: --nope", "--nope")]
    [InlineData("unknown shorthand flag: 'x' in -x", "-x")]
    [InlineData("flag needs an argument: --data-root", "--data-root")]
    [InlineData("accepts no arguments", "stray")]
    [InlineData("invalid argument \"maybe\" for \"--debug\" flag", "--debug=maybe")]
    [InlineData("invalid logging level: loud", "-l", "loud")]
    [InlineData("invalid bind address", "-H", "ftp://x")]
    [InlineData("invalid bind address", "-H", "tcp://127.0.0.1", "--insecure-loopback")]
    [InlineData("--insecure-loopback accepts that", "-H", "tcp://127.0.0.1:2375")]
    [InlineData("plain TCP gives root to everyone who can reach it", "-H", "tcp://0.0.0.0:2375", "--insecure-loopback")]
    [InlineData("plain TCP gives root to everyone who can reach it", "-H", "tcp://192.0.2.1:2375", "--insecure-loopback")]
    [InlineData("bad attribute format: x", "--label", "x")]
    [InlineData("invalid mirror", "--registry-mirror", "ftp://m")]
    [InlineData("invalid CIDR address", "--bip", "10.0.0.1")]
    [InlineData("invalid address pool", "--default-address-pool", "size=24")]
    [InlineData("is not between 16 and 30", "--default-address-pool", "base=10.0.0.0/16,size=8")]
    [InlineData("use key=value", "--set", "novalue")]
    public void Options_when_wrong_then_say_what_is(string says, params string[] arguments)
    {
        var error = Assert.Throws<OptionsException>(() => Read(arguments));

        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Socket_path_when_too_long_for_the_kernel_then_is_refused()
    {
        Assert.NotNull(Read("-H", "unix:///" + new string('x', 106)));
        Assert.Throws<OptionsException>(() => Read("-H", "unix:///" + new string('x', 107)));
    }

    [Fact]
    public void Tcp_when_on_loopback_and_accepted_then_is_taken()
    {
        Assert.Equal("127.0.0.1:2375", Read("-H", "tcp://localhost:2375", "--insecure-loopback").Hosts[0].Tcp!.ToString());
        Assert.Equal("[::1]:2375", Read("-H", "tcp://[::1]:2375", "--insecure-loopback").Hosts[0].Tcp!.ToString());
    }

    [Fact]
    public void Config_file_when_read_then_gives_the_same_settings_as_flags()
    {
        var options = Read("--config-file", Config("""
            {"hosts": ["unix:///f.sock"], "data-root": "/f", "debug": true, "labels": ["k=v"], "bip": "10.1.0.1/16",
             "default-address-pools": [{"base": "10.2.0.0/16", "size": 26}], "insecure-registries": ["x:1"], "log-level": "error"}
            """));

        Assert.Equal("/f.sock", options.Hosts[0].UnixPath);
        Assert.Equal(("/f", true, "error", "10.1.0.1/16"), (options.DataRoot, options.Debug, options.LogLevel, options.Bip));
        Assert.Equal(["k=v"], options.Labels);
        Assert.Equal(new AddressPool("10.2.0.0/16", 26), Assert.Single(options.AddressPools));
    }

    [Theory]
    [InlineData("""{"debug": false, "hosts": ["unix:///f.sock"]}""",
        "the following directives are specified both as a flag and in the configuration file: debug: (from flag: true, from file: False), "
        + "hosts: (from flag: [unix:///a.sock], from file: [unix:///f.sock])")]
    [InlineData("""{"what": 1, "ever": 2}""", "the following directives don't match any configuration option: ever, what")]
    [InlineData("""{"debug": """, "unable to configure the Docker daemon with file")]
    [InlineData("[]", "it is not a JSON object")]
    public void Config_file_when_wrong_or_in_conflict_with_flags_then_is_refused_in_dockerds_words(string json, string says)
    {
        var error = Assert.Throws<OptionsException>(() => Read("--config-file", Config(json), "-D", "-H", "unix:///a.sock"));

        Assert.Contains(says.Replace("False", "false", StringComparison.Ordinal), error.Message.Replace("False", "false", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Config_file_when_named_and_missing_then_is_an_error()
    {
        var error = Assert.Throws<OptionsException>(() => Read("--config-file", "/does/not/exist.json"));

        Assert.Equal(
            "unable to configure the Docker daemon with file /does/not/exist.json: open /does/not/exist.json: no such file or directory", error.Message);
    }

    [Fact]
    public void Usage_when_printed_then_names_every_option()
    {
        var usage = OptionTable.Usage();

        Assert.All(OptionTable.All, o => Assert.Contains("--" + o.Name, usage, StringComparison.Ordinal));
    }

    private string Config(string json)
    {
        var path = Path.Combine(_directory, "daemon.json");
        File.WriteAllText(path, json);
        return path;
    }

    private static DaemonOptions Read(params string[] arguments) => OptionsReader.Read(CommandLine.Parse(arguments));
}
