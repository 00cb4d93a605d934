using Troupe.Images.Registry;
using Troupe.Specs;

namespace Troupe.Images.Tests;

/// <summary>Which registries may be spoken to without a verified certificate, and by plain HTTP.</summary>
public sealed class EndpointTests
{
    [Theory]
    [InlineData("", "reg.example/a", "https://reg.example/ verified")]
    [InlineData("", "reg.example:5000/a", "https://reg.example:5000/ verified")]
    [InlineData("", "10.1.2.3:5000/a", "https://10.1.2.3:5000/ verified")]
    [InlineData("", "localhost:5000/a", "https://localhost:5000/ unverified, http://localhost:5000/ unverified")]
    [InlineData("", "127.9.9.9/a", "https://127.9.9.9/ unverified, http://127.9.9.9/ unverified")]
    [InlineData("", "[::1]:5000/a", "https://[::1]:5000/ unverified, http://[::1]:5000/ unverified")]
    [InlineData("reg.example:5000", "reg.example:5000/a", "https://reg.example:5000/ unverified, http://reg.example:5000/ unverified")]
    [InlineData("REG.example:5000", "reg.example:5000/a", "https://reg.example:5000/ unverified, http://reg.example:5000/ unverified")]
    [InlineData("reg.example:5000", "reg.example/a", "https://reg.example/ verified")]
    [InlineData("reg.example:5000", "reg.example.evil:5000/a", "https://reg.example.evil:5000/ verified")]
    [InlineData("10.0.0.0/8", "10.1.2.3:5000/a", "https://10.1.2.3:5000/ unverified, http://10.1.2.3:5000/ unverified")]
    [InlineData("10.0.0.0/8", "11.1.2.3:5000/a", "https://11.1.2.3:5000/ verified")]
    [InlineData("10.0.0.0/8", "10.evil.example/a", "https://10.evil.example/ verified")]
    [InlineData("fd00::/8", "[fd00::1]:5000/a", "https://[fd00::1]:5000/ unverified, http://[fd00::1]:5000/ unverified")]
    [InlineData("", "busybox", "https://registry-1.docker.io/ verified")]
    public void Registry_when_insecure_or_not_then_its_addresses(string insecure, string reference, string expected)
    {
        var settings = new ImagesSettings { DataRoot = "/", InsecureRegistries = insecure.Length == 0 ? [] : [insecure] };
        var list = new RegistryEndpoints(settings).For(ImageReference.Parse(reference));
        Assert.Equal(expected, string.Join(", ", list.Select(e => $"{e.Base} {(e.IsVerified ? "verified" : "unverified")}")));
    }

    [Fact]
    public void Hub_when_it_has_mirrors_then_they_come_first_in_order_and_get_no_credentials()
    {
        var settings = new ImagesSettings { DataRoot = "/", Mirrors = [new Uri("https://m1.example"), new Uri("http://127.0.0.1:5000")] };
        var list = new RegistryEndpoints(settings).For(ImageReference.Parse("busybox"));
        Assert.Equal(["m1.example", "127.0.0.1:5000", "registry-1.docker.io"], list.Select(e => e.Base.Authority));
        Assert.Equal([true, true, false], list.Select(e => e.IsMirror));
        Assert.Equal([true, false, true], list.Select(e => e.IsVerified));
    }
}
