using Troupe.Networks.Resolver;

namespace Troupe.Networks.Tests.Resolver;

public sealed class HostResolverTests
{
    [Fact]
    public void Parse_when_servers_are_named_then_the_ones_a_container_can_reach()
    {
        var resolver = HostResolver.Parse("""
            # made by hand
            nameserver 10.0.0.53 ; first
            nameserver 127.0.0.1
            nameserver ::1
            nameserver fd00::53
            nameserver 10.0.0.53
              nameserver	10.0.0.54
            nameserver nonsense
            search old.example
            search a.example b.example
            options ndots:2 rotate
            sortlist 10.0.0.0
            """);

        Assert.Equal(["10.0.0.53", "10.0.0.54"], resolver.Servers);
        Assert.Equal(["a.example", "b.example"], resolver.Search);
        Assert.Equal(["ndots:2", "rotate"], resolver.Options);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nameserver 127.0.0.53\n")]
    [InlineData("nameserver\nnameserver fe80::1\r\n")]
    public void Parse_when_no_server_is_usable_then_docker_s_fallback(string text) =>
        Assert.Equal(["8.8.8.8", "8.8.4.4"], HostResolver.Parse(text).Servers);

    [Theory]
    [InlineData("nameserver 127.0.0.53\noptions edns0", true)]
    [InlineData("nameserver 127.0.0.53\nnameserver 10.0.0.1", false)]
    [InlineData("nameserver 127.0.0.1", false)]
    [InlineData("", false)]
    public void IsSystemdStub_when_only_the_stub_is_named_then_true(string text, bool expected) =>
        Assert.Equal(expected, HostResolver.IsSystemdStub(text));

    [Fact]
    public void Parse_when_fed_any_text_then_there_is_a_server()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        string[] words = ["nameserver", "search", "options", " ", "\t", "\n", "#", ";", "1.2.3.4", "::1", "\r\n", "\0", "x"];
        for (var round = 0; round < 5_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => words[random.Next(words.Length)]));
            var servers = HostResolver.Parse(text).Servers;
            Assert.True(servers.Length is > 0 and <= 3, $"seed {seed}: {text}");
        }
    }
}
