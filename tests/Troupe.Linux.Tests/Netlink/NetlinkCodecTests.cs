using System.Net;
using System.Net.NetworkInformation;
using System.Text;
using Troupe.Linux.Netlink;

namespace Troupe.Linux.Tests.Netlink;

public sealed class NetlinkCodecTests
{
    [Fact]
    public void DeleteLink_when_built_then_its_bytes_are_those_of_the_kernel_headers()
    {
        var writer = new NetlinkWriter(new byte[256]);
        RouteRequests.DeleteLink(ref writer, 7, "trp0");

        Assert.Equal(
            "2c000000" + "1100" + "0500" + "07000000" + "00000000" // length 44, RTM_DELLINK, REQUEST|ACK, sequence, port
            + "00000000" + "00000000" + "00000000" + "00000000" // ifinfomsg
            + "0900" + "0300" + "7472703000" + "000000", // IFLA_IFNAME "trp0\0", padded to 4
            Convert.ToHexStringLower(writer.Written));
    }

    [Fact]
    public void Address_when_built_then_local_address_and_broadcast_are_in_it()
    {
        var writer = new NetlinkWriter(new byte[256]);
        RouteRequests.Address(ref writer, 1, Rtm.NewAddr, link: 3, IPAddress.Parse("172.17.0.2"), prefixLength: 24);

        Assert.Equal(
            "30000000" + "1400" + "0506" + "01000000" + "00000000" // 48 bytes, RTM_NEWADDR, REQUEST|ACK|EXCL|CREATE
            + "02" + "18" + "00" + "00" + "03000000" // AF_INET, /24, link 3
            + "08000200" + "ac110002" + "08000100" + "ac110002" + "08000400" + "ac1100ff",
            Convert.ToHexStringLower(writer.Written));
    }

    [Fact]
    public void Route_when_default_then_there_is_no_destination()
    {
        var writer = new NetlinkWriter(new byte[256]);
        RouteRequests.Route(ref writer, 2, Rtm.NewRoute, IPAddress.Any, 0, IPAddress.Parse("172.17.0.1"), link: 5);

        Assert.Equal(
            "2c000000" + "1800" + "0506" + "02000000" + "00000000"
            + "02" + "00" + "00" + "00" + "fe" + "03" + "00" + "01" + "00000000" // AF_INET, main table, boot, universe, unicast
            + "08000500" + "ac110001" + "08000400" + "05000000",
            Convert.ToHexStringLower(writer.Written));
    }

    [Fact]
    public void CreateBridge_when_built_then_kind_is_nested()
    {
        var writer = new NetlinkWriter(new byte[256]);
        RouteRequests.CreateBridge(ref writer, 3, new BridgeSpec("b0", 1400, PhysicalAddress.Parse("0242ac110001")));

        Assert.Equal(
            "4c000000" + "1000" + "0506" + "03000000" + "00000000"
            + "00000000" + "00000000" + "00000000" + "00000000"
            + "0700" + "0300" + "623000" + "00"
            + "0800" + "0400" + "78050000"
            + "0a00" + "0100" + "0242ac110001" + "0000"
            + "1000" + "1200" + "0b00" + "0100" + "62726964676500" + "00", // LINKINFO { INFO_KIND "bridge" }
            Convert.ToHexStringLower(writer.Written));
    }

    [Fact]
    public void Reader_when_two_messages_follow_one_another_then_both_are_read()
    {
        var writer = new NetlinkWriter(new byte[256]);
        RouteRequests.DeleteLink(ref writer, 1, "a");
        RouteRequests.SetUp(ref writer, 2, "bcd");
        var reader = new NetlinkReader(writer.Written);

        Assert.True(reader.TryRead(out var first));
        Assert.Equal((Rtm.DelLink, 1u), (first.Type, first.Sequence));
        Assert.True(reader.TryRead(out var second));
        Assert.Equal((Rtm.NewLink, 2u), (second.Type, second.Sequence));
        Assert.Equal("bcd", RouteDecoder.Link(second)!.Name);
        Assert.False(reader.TryRead(out _));
        Assert.False(reader.IsMalformed);
    }

    [Fact]
    public void Writer_when_the_buffer_is_too_small_then_it_says_so()
    {
        Assert.Throws<ArgumentException>(() =>
        {
            var writer = new NetlinkWriter(new byte[40]);
            RouteRequests.DeleteLink(ref writer, 1, "a-long-name");
        });
    }

    [Fact]
    public void Answer_when_the_kernel_adds_a_text_then_it_is_read()
    {
        // -EINVAL, the request's header only (capped), then NLMSGERR_ATTR_MSG.
        var text = Encoding.UTF8.GetBytes("Invalid address\0");
        byte[] payload = [0xea, 0xff, 0xff, 0xff, .. new byte[16], .. BitConverter.GetBytes((ushort)(4 + text.Length)), 1, 0, .. text];
        var message = new NetlinkMessage(Nlmsg.Error, NlmFlags.Capped | NlmFlags.AckTlvs, 1, payload);

        Assert.True(NetlinkAnswer.TryParse(message, out var answer));
        Assert.Equal(new NetlinkAnswer(Errno.EINVAL, "Invalid address"), answer);
    }

    [Fact]
    public void Answer_when_the_request_is_echoed_whole_then_the_text_is_found_behind_it()
    {
        byte[] echoed = [20, 0, 0, 0, 16, 0, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9];
        byte[] payload = [0xff, 0xff, 0xff, 0xff, .. echoed, 7, 0, 1, 0, (byte)'n', (byte)'o', 0];
        var message = new NetlinkMessage(Nlmsg.Error, NlmFlags.AckTlvs, 1, payload);

        Assert.True(NetlinkAnswer.TryParse(message, out var answer));
        Assert.Equal(new NetlinkAnswer(Errno.EPERM, "no"), answer);
    }

    [Fact]
    public void Exception_when_made_then_its_message_names_request_subject_and_reason()
    {
        var exception = new NetlinkException(Errno.EEXIST, "RTM_NEWLINK", "\"trp0\"", "name is taken");

        Assert.Equal("RTM_NEWLINK \"trp0\": EEXIST (file exists): name is taken", exception.Message);
    }

    [Fact]
    public void Parser_when_fed_any_bytes_then_it_ends_without_an_exception()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        try
        {
            for (var round = 0; round < 20_000; round++) ReadAll(Garbled(random));
        }
        catch (Exception exception)
        {
            Assert.Fail($"seed {seed}: {exception}");
        }
    }

    private static byte[] Garbled(Random random)
    {
        var writer = new NetlinkWriter(new byte[1024]);
        RouteRequests.CreateBridge(ref writer, 1, new BridgeSpec("trp0", 1500, PhysicalAddress.Parse("0242ac110001")));
        RouteRequests.Address(ref writer, 2, Rtm.NewAddr, 3, IPAddress.Loopback, 8);
        RouteRequests.Route(ref writer, 3, Rtm.NewRoute, IPAddress.Parse("10.0.0.0"), 8, IPAddress.Loopback, 4);
        writer.BeginMessage(Nlmsg.Error, NlmFlags.AckTlvs, 4);
        writer.Attribute(0xffff, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
        writer.EndMessage();
        var bytes = writer.Written.ToArray();
        for (var change = random.Next(8); change > 0; change--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    private static void ReadAll(byte[] bytes)
    {
        var reader = new NetlinkReader(bytes);
        while (reader.TryRead(out var message))
        {
            RouteDecoder.Link(message);
            RouteDecoder.Address(message);
            RouteDecoder.Route(message);
            _ = NetlinkAnswer.TryParse(message, out _);
            RouteDecoder.Link(new NetlinkMessage(Rtm.NewLink, 0, 0, message.Payload));
            RouteDecoder.Address(new NetlinkMessage(Rtm.NewAddr, 0, 0, message.Payload));
            RouteDecoder.Route(new NetlinkMessage(Rtm.NewRoute, 0, 0, message.Payload));
            _ = NetlinkAnswer.TryParse(new NetlinkMessage(Nlmsg.Error, message.Flags, 0, message.Payload), out _);
            _ = NetlinkAnswer.TryParse(new NetlinkMessage(Nlmsg.Done, message.Flags, 0, message.Payload), out _);
        }
    }
}
