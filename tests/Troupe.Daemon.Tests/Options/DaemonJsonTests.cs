using Troupe.Daemon.Options;

namespace Troupe.Daemon.Tests.Options;

/// <summary>daemon.json beside flags: what goes together, and dockerd's words for what does not.</summary>
public sealed class DaemonJsonTests : IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("trp-json-").FullName, "daemon.json");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Theory]
    [InlineData("""{"debug":false}""", "--debug", "debug: (from flag: true, from file: false)")]
    [InlineData("""{"debug":true}""", "-D", "debug: (from flag: true, from file: true)")]
    [InlineData("""{"log-level":"warn"}""", "--log-level=info", "log-level: (from flag: info, from file: warn)")]
    [InlineData("""{"labels":["a=b","c=d"]}""", "--label=x=y", "labels: (from flag: [x=y], from file: [a=b c=d])")]
    [InlineData("""{"default-address-pools":[{"size":24,"base":"10.0.0.0/8"}]}""", "--default-address-pool=base=10.1.0.0/16,size=24",
        "default-address-pools: (from flag: [base=10.1.0.0/16,size=24], from file: [map[base:10.0.0.0/8 size:24]])")]
    [InlineData("""{"data-root":null}""", "--data-root=/x", "data-root: (from flag: /x, from file: <nil>)")]
    public void Setting_when_a_flag_and_in_the_file_then_docker_s_words(string json, string flag, string conflict) => Assert.Equal(
        $"unable to configure the Docker daemon with file {_path}: "
        + $"the following directives are specified both as a flag and in the configuration file: {conflict}",
        Fail(json, flag));

    [Fact]
    public void Settings_when_several_conflict_then_all_are_named() => Assert.EndsWith(
        "configuration file: debug: (from flag: true, from file: false), log-level: (from flag: info, from file: warn)",
        Fail("""{"log-level":"warn","debug":false,"bip":"10.0.0.1/8"}""", "-D", "-l", "info"), StringComparison.Ordinal);

    [Fact]
    public void Directives_when_unknown_then_all_are_named() => Assert.Equal(
        $"unable to configure the Docker daemon with file {_path}: the following directives don't match any configuration option: aaa, zzz",
        Fail("""{"zzz":1,"debug":true,"aaa":{}}"""));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"debug":true,"debug":true}""")]
    public void File_when_it_is_not_an_object_then_named(string json) =>
        Assert.StartsWith($"unable to configure the Docker daemon with file {_path}: ", Fail(json), StringComparison.Ordinal);

    [Fact]
    public void File_when_missing_then_named() => Assert.Equal(
        $"unable to configure the Docker daemon with file {_path}: open {_path}: no such file or directory",
        Assert.Throws<OptionsException>(() => Read()).Message);

    [Theory]
    [InlineData("""{"debug":"yes"}""", "debug must be true or false")]
    [InlineData("""{"log-level":5}""", "log-level must be a string")]
    [InlineData("""{"log-level":"loud"}""", "invalid logging level: loud")]
    [InlineData("""{"labels":"a=b"}""", "label must be a list")]
    [InlineData("""{"registry-mirrors":["ftp://x"]}""", "invalid mirror: \"ftp://x\" is not a valid URI of scheme http or https")]
    public void Value_when_of_the_wrong_kind_then_told(string json, string text) => Assert.Equal(text, Fail(json));

    [Fact]
    public void Settings_when_in_one_place_each_then_both_count()
    {
        File.WriteAllText(_path, """{"debug":true,"insecure-registries":["10.0.0.0/8"],"registry-mirrors":["http://127.0.0.1:5000"]}""");
        var options = Read("--log-level=warn", "--label=a=b");
        Assert.Equal((true, "warn"), (options.Debug, options.LogLevel));
        Assert.Equal(["10.0.0.0/8"], options.InsecureRegistries);
        Assert.Equal(["http://127.0.0.1:5000"], options.RegistryMirrors);
        Assert.Equal(["a=b"], options.Labels);
    }

    private string Fail(string json, params string[] flags)
    {
        File.WriteAllText(_path, json);
        return Assert.Throws<OptionsException>(() => Read(flags)).Message;
    }

    private DaemonOptions Read(params string[] flags) => OptionsReader.Read(CommandLine.Parse(["--config-file", _path, .. flags]));
}
