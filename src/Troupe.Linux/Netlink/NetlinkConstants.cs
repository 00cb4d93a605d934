namespace Troupe.Linux.Netlink;

// Values of linux/netlink.h, linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h; a test compares each with the C headers.

internal static class Nlmsg
{
    public const ushort Noop = 1;
    public const ushort Error = 2;
    public const ushort Done = 3;
    public const ushort Overrun = 4;
    public const int HeaderLength = 16;
}

internal static class NlmFlags
{
    public const ushort Request = 0x1;
    public const ushort Multi = 0x2;
    public const ushort Ack = 0x4;
    public const ushort DumpInterrupted = 0x10;
    public const ushort Capped = 0x100;
    public const ushort AckTlvs = 0x200;
    public const ushort Dump = 0x300;
    public const ushort Replace = 0x100;
    public const ushort Exclusive = 0x200;
    public const ushort Create = 0x400;
}

internal static class Rtm
{
    public const ushort NewLink = 16;
    public const ushort DelLink = 17;
    public const ushort GetLink = 18;
    public const ushort SetLink = 19;
    public const ushort NewAddr = 20;
    public const ushort DelAddr = 21;
    public const ushort GetAddr = 22;
    public const ushort NewRoute = 24;
    public const ushort DelRoute = 25;
    public const ushort GetRoute = 26;

    public static string NameOf(ushort type) => type switch
    {
        NewLink => "RTM_NEWLINK",
        DelLink => "RTM_DELLINK",
        GetLink => "RTM_GETLINK",
        SetLink => "RTM_SETLINK",
        NewAddr => "RTM_NEWADDR",
        DelAddr => "RTM_DELADDR",
        GetAddr => "RTM_GETADDR",
        NewRoute => "RTM_NEWROUTE",
        DelRoute => "RTM_DELROUTE",
        GetRoute => "RTM_GETROUTE",
        _ => "netlink message " + type.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}

internal static class Ifla
{
    public const ushort Address = 1;
    public const ushort Ifname = 3;
    public const ushort Mtu = 4;
    public const ushort Link = 5;
    public const ushort Master = 10;
    public const ushort LinkInfo = 18;
    public const ushort NetNsPid = 19;
    public const ushort AfSpec = 26;
    public const ushort NetNsFd = 28;
    public const ushort InfoKind = 1;
    public const ushort InfoData = 2;
    public const ushort VethInfoPeer = 1;
    public const ushort Inet6AddrGenMode = 8;
    public const byte AddrGenModeNone = 1;
}

internal static class Ifa
{
    public const ushort Address = 1;
    public const ushort Local = 2;
    public const ushort Broadcast = 4;
}

internal static class Rta
{
    public const ushort Destination = 1;
    public const ushort OutputInterface = 4;
    public const ushort Gateway = 5;
    public const ushort Table = 15;
    public const byte TableMain = 254;
    public const byte TableLocal = 255;
    public const byte ProtocolBoot = 3;
    public const byte ScopeUniverse = 0;
    public const byte ScopeLink = 253;
    public const byte TypeUnicast = 1;
}

internal static class NlmsgErrAttr
{
    public const ushort Message = 1;
    public const ushort Offset = 2;
}

internal static class Af
{
    public const byte Unspecified = 0;
    public const byte Inet = 2;
    public const byte Inet6 = 10;
    public const int Netlink = 16;
}

internal static class Iff
{
    public const uint Up = 0x1;
    public const uint Loopback = 0x8;
}
