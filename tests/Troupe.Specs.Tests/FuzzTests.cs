using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Troupe.Specs.Distribution;
using Troupe.Specs.Image;

namespace Troupe.Specs.Tests;

/// <summary>Foreign text and documents, at random: read or refused, never anything else. Each run has its own seed, which it prints; two seconds each.</summary>
public sealed class FuzzTests
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(2);
    private readonly int _seed = Random.Shared.Next();
    private readonly Random _random;

    public FuzzTests()
    {
        _random = new Random(_seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {_seed}");
    }

    [Fact]
    public void Reference_when_random_then_refused_with_a_reason_or_the_same_again_from_each_of_its_forms()
    {
        string[] pieces = ["a", "docker.io", "library", "index.docker.io", "localhost", "/", ":", "@", ".", "-", "_", "__", "5000", "UP", "sha256:", new('a', 64), "é", "\0", " ", "[::1]"];
        var valid = 0;
        Repeat(() =>
        {
            var text = Pick(pieces, 9);
            if (!ImageReference.TryParse(text, out var reference, out var error))
            {
                Assert.False(string.IsNullOrEmpty(error), Told(text));
                return;
            }

            valid++;
            Assert.True(ImageReference.Parse(reference.ToString()) == reference, Told(text));
            // On the Hub, a first part that looks like a host, and library/<64 hex digits>: their short forms mean something else, with Docker too.
            if (reference.IsHub && reference.Path.Split('/')[0] is var first && (first.Contains('.', StringComparison.Ordinal) || first == "localhost")) return;
            if (reference.FamiliarName.Length == 64 && reference.FamiliarName.All(char.IsAsciiHexDigitLower)) return;
            Assert.True(ImageReference.Parse(reference.Familiar) == reference, Told($"{text} has the familiar form {reference.Familiar}"));
        });
        Assert.True(valid > 100, Told($"only {valid} valid ones"));
    }

    [Fact]
    public void Digest_when_random_then_refused_or_itself_again()
    {
        var good = Digest.Of("x"u8).ToString();
        Repeat(() =>
        {
            var text = Mutated(good);
            if (Digest.TryParse(text, out var digest)) Assert.True(digest.ToString() == text, Told(text));
        });
    }

    [Fact]
    public void Documents_when_damaged_then_read_or_a_json_error()
    {
        var hash = "sha256:" + new string('a', 64);
        var descriptor = $$$"""{"mediaType":"{{{MediaTypes.OciLayerGzip}}}","digest":"{{{hash}}}","size":5,"annotations":{"a":"b"},"platform":{"os":"linux","architecture":"arm","variant":"v7","os.features":["x"]},"urls":["u"]}""";
        string[] documents =
        [
            $$$"""{"schemaVersion":2,"mediaType":"{{{MediaTypes.OciManifest}}}","config":{{{descriptor}}},"layers":[{{{descriptor}}},{{{descriptor}}}],"subject":{{{descriptor}}}}""",
            $$$"""{"schemaVersion":2,"manifests":[{{{descriptor}}}],"annotations":{"k":"v"}}""",
            $$$"""{"created":"2024-01-02T03:04:05Z","architecture":"amd64","os":"linux","config":{"Env":["A=b"],"Cmd":["x"],"ExposedPorts":{"80/tcp":{}},"Volumes":{"/v":{}},"Labels":{"l":"m"},"Healthcheck":{"Test":["CMD"],"Interval":5}},"rootfs":{"type":"layers","diff_ids":["{{{hash}}}"]},"history":[{"created_by":"x","empty_layer":true}]}""",
            """{"errors":[{"code":"DENIED","message":"m","detail":[{"Type":"repository"}]}],"details":"d"}""",
        ];
        var read = 0;
        Repeat(() =>
        {
            var text = Mutated(documents[_random.Next(documents.Length)]);
            var bytes = Encoding.UTF8.GetBytes(text);
            var isRead = Try(() => _ = JsonSerializer.Deserialize(bytes, ImageJsonContext.Default.ImageManifest)?.Layers.Length)
                | Try(() => PlatformChoice.Choose(JsonSerializer.Deserialize(bytes, ImageJsonContext.Default.ImageIndex)?.Manifests ?? [], Platform.Host))
                | Try(() => ImageConfig.Parse(bytes).Rootfs.Digests());
            if (isRead) read++;

            bool Try(Action parse)
            {
                try
                {
                    parse();
                    return true;
                }
                catch (Exception e) when (e is JsonException or FormatException)
                {
                    return false;
                }
                catch (Exception e)
                {
                    Assert.Fail(Told($"{text}\n{e}"));
                    return false;
                }
            }

            RegistryErrors.TryParse(bytes);
        });
        Assert.True(read > 100, Told($"only {read} documents could be read"));
    }

    private static void Repeat(Action once)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < Time) once();
    }

    private string Pick(string[] pieces, int most) =>
        string.Concat(Enumerable.Range(0, _random.Next(most) + 1).Select(_ => pieces[_random.Next(pieces.Length)]));

    /// <summary>Up to three characters changed, doubled, cut out, or a value replaced by one of another kind.</summary>
    private string Mutated(string text)
    {
        string[] values = ["null", "5", "-1", "1e400", "\"\"", "\"\\ud800\"", "[]", "{}", "[null]", "true", "99999999999999999999", "\"sha256:1\"", "{\"a\":null}"];
        for (var i = _random.Next(3); i >= 0 && text.Length > 2; i--)
        {
            var at = _random.Next(text.Length);
            text = _random.Next(5) switch
            {
                0 => text[..at] + (char)_random.Next(1, 300) + text[(at + 1)..],
                1 => text[..at] + text[at..][..Math.Min(10, text.Length - at)] + text[at..],
                2 => text.Remove(at, Math.Min(_random.Next(12), text.Length - at)),
                _ => text.IndexOf(':', at) is var colon and >= 0 && text.IndexOfAny([',', '}', ']'], colon) is var end and > 0
                    ? text[..(colon + 1)] + values[_random.Next(values.Length)] + text[end..]
                    : text,
            };
        }

        return text;
    }

    private string Told(string what) => $"seed {_seed}: {what}";
}
