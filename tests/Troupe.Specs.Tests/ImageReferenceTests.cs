namespace Troupe.Specs.Tests;

public class ImageReferenceTests
{
    private const string Hex = "a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4";

    [Theory]
    [InlineData("hello-world", "docker.io/library/hello-world", "hello-world")]
    [InlineData("hello-world:latest", "docker.io/library/hello-world:latest", "hello-world:latest")]
    [InlineData("a/b", "docker.io/a/b", "a/b")]
    [InlineData("docker.io/busybox", "docker.io/library/busybox", "busybox")]
    [InlineData("index.docker.io/busybox:1", "docker.io/library/busybox:1", "busybox:1")]
    [InlineData("index.docker.io/library/busybox", "docker.io/library/busybox", "busybox")]
    [InlineData("library/a/b", "docker.io/library/a/b", "library/a/b")]
    [InlineData("localhost/x", "localhost/x", "localhost/x")]
    [InlineData("localhost:5000/x:v1.2_3", "localhost:5000/x:v1.2_3", "localhost:5000/x:v1.2_3")]
    [InlineData("127.0.0.1:5000/t/busybox", "127.0.0.1:5000/t/busybox", "127.0.0.1:5000/t/busybox")]
    [InlineData("[::1]:5000/x", "[::1]:5000/x", "[::1]:5000/x")]
    [InlineData("[fd00::1]/x", "[fd00::1]/x", "[fd00::1]/x")]
    [InlineData("Upper/x", "Upper/x", "Upper/x")]
    [InlineData("ghcr.io/a/b-c__d.e/f:T", "ghcr.io/a/b-c__d.e/f:T", "ghcr.io/a/b-c__d.e/f:T")]
    [InlineData("a---b", "docker.io/library/a---b", "a---b")]
    [InlineData("x@sha256:" + Hex, "docker.io/library/x@sha256:" + Hex, "x@sha256:" + Hex)]
    [InlineData("x:1@sha256:" + Hex, "docker.io/library/x:1@sha256:" + Hex, "x:1@sha256:" + Hex)]
    public void Parse_when_valid_then_normalised(string text, string canonical, string familiar)
    {
        var reference = ImageReference.Parse(text);
        Assert.Equal(canonical, reference.ToString());
        Assert.Equal(familiar, reference.Familiar);
        Assert.Equal(reference, ImageReference.Parse(canonical));
        Assert.Equal(reference, ImageReference.Parse(familiar));
    }

    [Theory]
    [InlineData("", "invalid reference format")]
    [InlineData(":", "invalid reference format")]
    [InlineData("x:", "invalid reference format")]
    [InlineData("x:-a", "invalid reference format")]
    [InlineData("-x", "invalid reference format")]
    [InlineData("x-", "invalid reference format")]
    [InlineData("a..b", "invalid reference format")]
    [InlineData("a___b", "invalid reference format")]
    [InlineData("a._b", "invalid reference format")]
    [InlineData("a//b", "invalid reference format")]
    [InlineData("a/", "invalid reference format")]
    [InlineData("/a", "invalid reference format")]
    [InlineData("../a", "invalid reference format")]
    [InlineData("a b", "invalid reference format")]
    [InlineData("h:x/a", "invalid reference format")]
    [InlineData("h.:80/a", "invalid reference format")]
    [InlineData("[::1/a", "invalid reference format")]
    [InlineData("a@sha256:12", "invalid reference format")]
    [InlineData("a@", "invalid reference format")]
    [InlineData("ä", "invalid reference format")]
    [InlineData("Hello", "invalid reference format: repository name (library/Hello) must be lowercase")]
    [InlineData("a/Hello:x", "invalid reference format: repository name (a/Hello) must be lowercase")]
    [InlineData(Hex, "invalid repository name (" + Hex + "), cannot specify 64-byte hexadecimal strings")]
    [InlineData("a@sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46", "invalid checksum digest length")]
    [InlineData("a@md5:a3ed95caeb02ffe68cdd9fd84406680a", "unsupported digest algorithm")]
    public void Parse_when_invalid_then_Dockers_text(string text, string error)
    {
        var failure = Assert.Throws<FormatException>(() => ImageReference.Parse(text));
        Assert.Equal(error, failure.Message);
    }

    [Fact]
    public void Parse_when_lengths_are_at_the_limit_then_accepted_and_one_more_refused()
    {
        Assert.Equal(255, ImageReference.Parse("a/" + new string('b', 253)).Path.Length);
        var failure = Assert.Throws<FormatException>(() => ImageReference.Parse("a/" + new string('b', 254)));
        Assert.Equal("repository name must not be more than 255 characters", failure.Message);
        Assert.NotNull(ImageReference.Parse("x:" + new string('t', 128)).Tag);
        Assert.Throws<FormatException>(() => ImageReference.Parse("x:" + new string('t', 129)));
    }

    [Fact]
    public void WithDefaultTag_when_no_tag_and_no_digest_then_latest()
    {
        Assert.Equal("docker.io/library/x:latest", ImageReference.Parse("x").WithDefaultTag().ToString());
        Assert.Equal("docker.io/library/x:1", ImageReference.Parse("x:1").WithDefaultTag().ToString());
        var byDigest = ImageReference.Parse("x@sha256:" + Hex);
        Assert.Equal(byDigest, byDigest.WithDefaultTag());
    }

    [Fact]
    public void Parse_when_fed_random_text_then_it_never_throws_anything_else_and_what_it_accepts_round_trips()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage("seed {0}", seed);
        var random = new Random(seed);
        const string alphabet = "abAB09._-/:@[]: sha256é%";
        for (var i = 0; i < 200_000; i++)
        {
            var text = string.Create(random.Next(0, 20), random, (span, r) =>
            {
                foreach (ref var c in span) c = alphabet[r.Next(alphabet.Length)];
            });
            if (!ImageReference.TryParse(text, out var reference, out var error))
            {
                Assert.NotEmpty(error);
                continue;
            }

            Assert.True(reference == ImageReference.Parse(reference.ToString()), $"seed {seed}: {text}");
        }
    }

    [Fact]
    public void ChainId_when_two_layers_then_hash_of_both_texts()
    {
        var lower = new DiffId(Digest.Of("a"u8));
        var upper = new DiffId(Digest.Of("b"u8));
        var chain = ChainId.Compute([lower, upper]);
        Assert.Equal(lower.Digest, chain[0].Digest);
        Assert.Equal(Digest.Of(System.Text.Encoding.ASCII.GetBytes(lower + " " + upper)), chain[1].Digest);
        Assert.Empty(ChainId.Compute([]));
    }
}
