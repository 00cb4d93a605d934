using System.Text.RegularExpressions;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using Akka.Persistence.Sql;

namespace Troupe.Architecture.Tests;

/// <summary>A misspelt key is silently ignored by Akka and by us: here it is a failing test.</summary>
public class HoconTests
{
    /// <summary>Sections whose keys are names that the configuration itself chooses.</summary>
    private static readonly string[] FreeNames =
        ["akka.actor.serializers.", "akka.actor.serialization-bindings.", "akka.actor.serialization-identifiers.", "akka.actor.deployment."];

    [Fact]
    public void Every_file_parses() =>
        Assert.All(Repository.Files("hocon", "*.conf"), file => Assert.NotEmpty(Keys(Read(file))));

    [Fact]
    public void Every_akka_key_is_one_that_akka_knows()
    {
        var known = Keys(Reference()).ToHashSet();
        var dispatchers = Dispatchers();
        Offenders.None(
            from file in Repository.Files("hocon", "*.conf")
            from key in Keys(Read(file))
            where key.StartsWith("akka.", StringComparison.Ordinal) && !Readings(key).Any(known.Contains)
            where !FreeNames.Any(f => key.StartsWith(f, StringComparison.Ordinal)) && !dispatchers.Any(d => key.StartsWith(d + ".", StringComparison.Ordinal))
            select $"{Path.GetFileName(file)}: {key}");
    }

    [Fact]
    public void Every_key_of_ours_is_read_by_the_daemon()
    {
        var sources = string.Concat(Repository.Files("src", "*.cs").Select(File.ReadAllText));
        var dispatchers = Dispatchers();
        Offenders.None(
            from file in Repository.Files("hocon", "*.conf")
            from key in Keys(Read(file))
            where !key.StartsWith("akka.", StringComparison.Ordinal) && !dispatchers.Any(d => key.StartsWith(d + ".", StringComparison.Ordinal))
            where !sources.Contains($"\"{key}\"", StringComparison.Ordinal) && !sources.Contains($"\"{key.Split('.')[^1]}\"", StringComparison.Ordinal)
            select $"{Path.GetFileName(file)}: {key}");
    }

    private static Config Read(string file) => ConfigurationFactory.ParseString(File.ReadAllText(file));

    private static Config Reference() => ConfigurationFactory.Default()
        .WithFallback(ConfigurationFactory.FromResource<Akka.Remote.RemoteSettings>("Akka.Remote.Configuration.Remote.conf"))
        .WithFallback(ConfigurationFactory.FromResource<Akka.Cluster.ClusterSettings>("Akka.Cluster.Configuration.Cluster.conf"))
        .WithFallback(Akka.Persistence.Persistence.DefaultConfig())
        .WithFallback(ClusterSingleton.DefaultConfig())
        .WithFallback(SqlPersistence.DefaultConfiguration);

    /// <summary>Journals and snapshot stores of our own names take the keys of Akka.Persistence.Sql's and those of Akka's for any plugin.</summary>
    private static string[] Readings(string key)
    {
        var match = Regex.Match(key, @"^akka\.persistence\.(journal|snapshot-store)\.(?:node|scheduler)\.(.+)$");
        var (kind, name) = (match.Groups[1].Value, match.Groups[2].Value);
        return match.Success ? [$"akka.persistence.{kind}.sql.{name}", $"akka.persistence.{kind}-plugin-fallback.{name}"] : [key];
    }

    /// <summary>A section with an executor, or a type that is one, is a dispatcher: the name of its own choice, the keys Akka's.</summary>
    private static string[] Dispatchers() =>
        [.. Repository.Files("hocon", "*.conf").SelectMany(f => Keys(Read(f)))
            .Where(k => k.EndsWith("dispatcher.executor", StringComparison.Ordinal) || k.EndsWith("dispatcher.type", StringComparison.Ordinal)).Select(k => k[..k.LastIndexOf('.')])];

    private static IEnumerable<string> Keys(Config config) => Keys(config.Root, "");

    private static IEnumerable<string> Keys(HoconValue value, string path)
    {
        if (!value.IsObject()) return [path];
        return value.GetObject().Items.SelectMany(item => Keys(item.Value, path.Length == 0 ? item.Key : $"{path}.{item.Key}"));
    }
}
