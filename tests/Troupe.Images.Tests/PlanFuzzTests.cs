using System.Diagnostics;
using System.Text;
using Troupe.Images.Pulls;
using Troupe.Specs;
using Troupe.Specs.Image;

namespace Troupe.Images.Tests;

/// <summary>What a registry may send as an image's documents, damaged at random: a plan or a refusal in words. The seed is printed; two seconds.</summary>
public sealed class PlanFuzzTests
{
    [Fact]
    public void Plan_when_documents_are_damaged_then_made_or_refused()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var image = TestImage.Of([new LayerBuilder().File("a").Build(), new LayerBuilder().File("b").Build()], inIndex: true);
        var index = image.Top;
        var manifest = image.Manifests[0].Body;
        var config = image.Blobs[image.ImageId.ToString()];
        var (made, refused) = (0, 0);
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(2))
        {
            var (i, m, c) = (Damaged(index, random), Damaged(manifest, random), Damaged(config, random));
            try
            {
                PullPlan.ChooseManifest(i, MediaTypes.OciIndex, Platform.Host);
                var plan = PullPlan.Make(Digest.Of(m), PullPlan.ParseManifest(m), c);
                Assert.Equal(2, plan.Layers.Length);
                made++;
            }
            catch (ImageException e)
            {
                Assert.False(string.IsNullOrWhiteSpace(e.Message));
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}:\n{Encoding.UTF8.GetString(i)}\n{Encoding.UTF8.GetString(m)}\n{Encoding.UTF8.GetString(c)}\n{e}");
            }
        }

        Assert.True(made > 10 && refused > 10, $"seed {seed}: {made} made, {refused} refused");
    }

    /// <summary>Half of the time unharmed.</summary>
    private static byte[] Damaged(byte[] document, Random random)
    {
        var text = Encoding.UTF8.GetString(document);
        string[] values = ["null", "5", "-1", "9223372036854775807", "\"\"", "\"\\ud800\"", "[]", "{}", "[null]", "true", "\"sha256:1\"", "1.5"];
        for (var i = random.Next(4) - 1; i > 0; i--)
        {
            var at = random.Next(text.Length);
            if (random.Next(4) == 0)
            {
                text = text.Remove(at, Math.Min(random.Next(20), text.Length - at));
                if (text.Length == 0) text = " ";
                continue;
            }

            var colon = text.IndexOf(':', at);
            var end = colon < 0 ? -1 : text.IndexOfAny([',', '}', ']'], colon);
            if (end > 0) text = text[..(colon + 1)] + values[random.Next(values.Length)] + text[end..];
        }

        return Encoding.UTF8.GetBytes(text);
    }
}
