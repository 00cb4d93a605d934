using Troupe.Containers.Bundles;

namespace Troupe.Containers.Tests.Bundles;

/// <summary>/etc/hosts and /etc/resolv.conf.</summary>
public sealed class NameFilesTests
{
    private const string HostResolv = "# by hand\nnameserver 127.0.0.53\nnameserver 10.0.0.53 # office\nsearch corp example.org\noptions edns0 trust-ad\n";

    [Fact]
    public void Hosts_when_the_container_has_an_address_then_its_names_are_last()
    {
        var lines = HostsFile.Of("10.0.0.2", "10.0.0.1", "stage", "example.org", ["db:1.2.3.4", "gw:host-gateway", "six=[fe80::1]"]).Split('\n');
        Assert.Equal("127.0.0.1\tlocalhost", lines[0]);
        Assert.Equal(["1.2.3.4\tdb", "10.0.0.1\tgw", "fe80::1\tsix", "10.0.0.2\tstage.example.org stage", ""], lines[^5..]);
    }

    [Fact]
    public void Hosts_when_there_is_no_address_then_only_localhost() =>
        Assert.DoesNotContain("stage", HostsFile.Of("", "", "stage", "", []), StringComparison.Ordinal);

    [Fact]
    public void Hosts_when_the_network_is_the_hosts_then_its_file_and_the_extra_ones() =>
        Assert.Equal("127.0.0.1 localhost\n1.2.3.4\tdb\n", HostsFile.OfHost("127.0.0.1 localhost", ["db:1.2.3.4"]));

    [Theory]
    [InlineData("db")]
    [InlineData(":1.2.3.4")]
    [InlineData("db:not-an-address")]
    [InlineData("db:1.2.3.4\n6.6.6.6 evil")]
    [InlineData("d\nb:1.2.3.4")]
    public void Hosts_when_an_entry_is_wrong_then_it_is_no_entry(string entry) => Assert.False(HostsFile.TrySplit(entry, out _, out _));

    [Fact]
    public void Resolv_when_nothing_is_asked_then_the_hosts_without_its_loopback_servers() =>
        Assert.Equal("nameserver 10.0.0.53\nsearch corp example.org\noptions edns0 trust-ad\n", ResolvConf.Of(HostResolv, [], [], [], [], sharesHost: false));

    [Fact]
    public void Resolv_when_the_network_is_the_hosts_then_the_loopback_server_stays() =>
        Assert.StartsWith("nameserver 127.0.0.53\nnameserver 10.0.0.53\n", ResolvConf.Of(HostResolv, [], [], [], [], sharesHost: true), StringComparison.Ordinal);

    [Fact]
    public void Resolv_when_the_user_asks_then_the_users_words_win_over_the_networks() =>
        Assert.Equal(
            "nameserver 9.9.9.9\nsearch my.org\noptions ndots:2\n",
            ResolvConf.Of(HostResolv, ["9.9.9.9"], ["my.org"], ["ndots:2"], ["10.9.9.1"], sharesHost: false));

    [Fact]
    public void Resolv_when_the_network_has_servers_then_they_replace_the_hosts() =>
        Assert.StartsWith("nameserver 10.9.9.1\nsearch", ResolvConf.Of(HostResolv, [], [], [], ["10.9.9.1"], sharesHost: false), StringComparison.Ordinal);

    [Fact]
    public void Resolv_when_the_search_is_a_dot_then_there_is_none() =>
        Assert.DoesNotContain("search", ResolvConf.Of(HostResolv, [], ["."], [], [], sharesHost: false), StringComparison.Ordinal);

    [Fact]
    public void Resolv_when_the_host_has_no_file_then_empty() => Assert.Equal("", ResolvConf.Of("", [], [], [], [], sharesHost: false));
}
