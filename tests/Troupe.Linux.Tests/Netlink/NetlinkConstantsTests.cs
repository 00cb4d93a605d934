using System.Diagnostics;
using Troupe.Linux.Netlink;

namespace Troupe.Linux.Tests.Netlink;

/// <summary>Every number of ours against the system's C headers: a small C program prints them.</summary>
public sealed class NetlinkConstantsTests
{
    private const string Headers = """
        #define _GNU_SOURCE
        #include <stdio.h>
        #include <sched.h>
        #include <fcntl.h>
        #include <sys/socket.h>
        #include <sys/time.h>
        #include <linux/netlink.h>
        #include <linux/rtnetlink.h>
        #include <linux/if_link.h>
        #include <linux/veth.h>
        #include <linux/if.h>
        """;

    private static readonly (string C, long Ours)[] Expected =
    [
        ("NLMSG_NOOP", Nlmsg.Noop), ("NLMSG_ERROR", Nlmsg.Error), ("NLMSG_DONE", Nlmsg.Done), ("NLMSG_OVERRUN", Nlmsg.Overrun),
        ("sizeof(struct nlmsghdr)", Nlmsg.HeaderLength),
        ("NLM_F_REQUEST", NlmFlags.Request), ("NLM_F_MULTI", NlmFlags.Multi), ("NLM_F_ACK", NlmFlags.Ack),
        ("NLM_F_DUMP_INTR", NlmFlags.DumpInterrupted), ("NLM_F_CAPPED", NlmFlags.Capped), ("NLM_F_ACK_TLVS", NlmFlags.AckTlvs),
        ("NLM_F_DUMP", NlmFlags.Dump), ("NLM_F_REPLACE", NlmFlags.Replace), ("NLM_F_EXCL", NlmFlags.Exclusive),
        ("NLM_F_CREATE", NlmFlags.Create),
        ("RTM_NEWLINK", Rtm.NewLink), ("RTM_DELLINK", Rtm.DelLink), ("RTM_GETLINK", Rtm.GetLink), ("RTM_SETLINK", Rtm.SetLink),
        ("RTM_NEWADDR", Rtm.NewAddr), ("RTM_DELADDR", Rtm.DelAddr), ("RTM_GETADDR", Rtm.GetAddr),
        ("RTM_NEWROUTE", Rtm.NewRoute), ("RTM_DELROUTE", Rtm.DelRoute), ("RTM_GETROUTE", Rtm.GetRoute),
        ("IFLA_ADDRESS", Ifla.Address), ("IFLA_IFNAME", Ifla.Ifname), ("IFLA_MTU", Ifla.Mtu), ("IFLA_LINK", Ifla.Link),
        ("IFLA_MASTER", Ifla.Master), ("IFLA_LINKINFO", Ifla.LinkInfo), ("IFLA_NET_NS_PID", Ifla.NetNsPid),
        ("IFLA_AF_SPEC", Ifla.AfSpec), ("IFLA_NET_NS_FD", Ifla.NetNsFd), ("IFLA_INFO_KIND", Ifla.InfoKind),
        ("IFLA_INFO_DATA", Ifla.InfoData), ("VETH_INFO_PEER", Ifla.VethInfoPeer),
        ("IFLA_INET6_ADDR_GEN_MODE", Ifla.Inet6AddrGenMode), ("IN6_ADDR_GEN_MODE_NONE", Ifla.AddrGenModeNone),
        ("IFA_ADDRESS", Ifa.Address), ("IFA_LOCAL", Ifa.Local), ("IFA_BROADCAST", Ifa.Broadcast),
        ("RTA_DST", Rta.Destination), ("RTA_OIF", Rta.OutputInterface), ("RTA_GATEWAY", Rta.Gateway), ("RTA_TABLE", Rta.Table),
        ("RT_TABLE_MAIN", Rta.TableMain), ("RT_TABLE_LOCAL", Rta.TableLocal), ("RTPROT_BOOT", Rta.ProtocolBoot),
        ("RT_SCOPE_UNIVERSE", Rta.ScopeUniverse), ("RT_SCOPE_LINK", Rta.ScopeLink), ("RTN_UNICAST", Rta.TypeUnicast),
        ("NLMSGERR_ATTR_MSG", NlmsgErrAttr.Message), ("NLMSGERR_ATTR_OFFS", NlmsgErrAttr.Offset),
        ("AF_UNSPEC", Af.Unspecified), ("AF_INET", Af.Inet), ("AF_INET6", Af.Inet6), ("AF_NETLINK", Af.Netlink),
        ("IFF_UP", Iff.Up), ("IFF_LOOPBACK", Iff.Loopback),
        ("SOCK_RAW", NetLibc.SOCK_RAW), ("SOCK_DGRAM", NetLibc.SOCK_DGRAM), ("SOCK_CLOEXEC", NetLibc.SOCK_CLOEXEC),
        ("NETLINK_ROUTE", NetLibc.NETLINK_ROUTE), ("SOL_SOCKET", NetLibc.SOL_SOCKET), ("SO_RCVTIMEO", NetLibc.SO_RCVTIMEO),
        ("SO_SNDTIMEO", NetLibc.SO_SNDTIMEO), ("SOL_NETLINK", NetLibc.SOL_NETLINK), ("NETLINK_CAP_ACK", NetLibc.NETLINK_CAP_ACK),
        ("NETLINK_EXT_ACK", NetLibc.NETLINK_EXT_ACK), ("MSG_TRUNC", NetLibc.MSG_TRUNC), ("CLONE_NEWNET", NetLibc.CLONE_NEWNET),
        ("O_RDONLY", NetLibc.O_RDONLY), ("O_CLOEXEC", NetLibc.O_CLOEXEC),
        ("sizeof(struct timeval)", 16), ("sizeof(struct sockaddr_nl)", 12),
        ("sizeof(struct ifinfomsg)", 16), ("sizeof(struct ifaddrmsg)", 8), ("sizeof(struct rtmsg)", 12),
        ("IFNAMSIZ - 1", NetlinkLimits.LinkNameLengthMax),
    ];

    [Fact]
    public void Constants_when_compared_with_the_C_headers_then_they_are_the_same()
    {
        var directory = Directory.CreateTempSubdirectory("troupe-constants-");
        try
        {
            var printed = CompileAndRun(directory.FullName);
            Assert.Equal(Expected.Select(e => $"{e.C} {e.Ours}"), printed);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string[] CompileAndRun(string directory)
    {
        var source = Path.Combine(directory, "constants.c");
        var program = Path.Combine(directory, "constants");
        var lines = Expected.Select(e => $"printf(\"%s %lld\\n\", \"{e.C}\", (long long)({e.C}));");
        File.WriteAllText(source, $"{Headers}\nint main(void) {{\n{string.Join('\n', lines)}\nreturn 0; }}\n");
        Run("gcc", "-o", program, source);
        return Run(program).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string Run(string file, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(60_000), $"{file} did not end in 60 s");
        Assert.True(process.ExitCode == 0, $"{file} failed: {error}");
        return output.GetAwaiter().GetResult();
    }
}
