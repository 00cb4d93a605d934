using System.Net;
using System.Net.NetworkInformation;

namespace Troupe.Linux.Netlink;

/// <summary>
/// Links, addresses and routes of one network namespace, over one NETLINK_ROUTE socket. One user at a time; any thread. Calls block, for
/// <see cref="NetlinkLimits.Deadline"/> at most. Failure is a <see cref="NetlinkException"/> with the kernel's own text.
/// </summary>
public sealed class RouteNetlink : IDisposable
{
    private static readonly Errno EAFNOSUPPORT = new(97);
    private readonly NetlinkSocket _socket;

    private RouteNetlink(NetlinkSocket socket) => _socket = socket;

    private delegate void Build<TState>(ref NetlinkWriter writer, uint sequence, TState state);

    private delegate T? Decode<T>(in NetlinkMessage message);

    /// <summary>In the calling thread's namespace, whichever thread uses it later.</summary>
    public static RouteNetlink Open() => new(NetlinkSocket.Open());

    public static RouteNetlink OpenIn(NetworkNamespace place) => new(place.Run(NetlinkSocket.Open));

    public void Dispose() => _socket.Dispose();

    /// <summary>Makes a bridge and brings it up. Fails EEXIST.</summary>
    public void CreateBridge(BridgeSpec bridge)
    {
        CheckName(bridge.Name);
        var writer = new NetlinkWriter(_socket.SendBuffer);
        RouteRequests.CreateBridge(ref writer, _socket.NextSequence(), bridge);
        RouteRequests.NoLinkLocal(ref writer, _socket.NextSequence(), bridge.Name);
        RouteRequests.SetUp(ref writer, _socket.NextSequence(), bridge.Name);
        Created(writer.Written, bridge.Name);
    }

    /// <summary>Makes the pair in one step and brings this end up. Fails EEXIST when either name is taken; then nothing was made.</summary>
    public void CreateVeth(VethSpec veth)
    {
        CheckName(veth.Name);
        CheckName(veth.PeerName);
        var writer = new NetlinkWriter(_socket.SendBuffer);
        RouteRequests.CreateVeth(ref writer, _socket.NextSequence(), veth);
        RouteRequests.NoLinkLocal(ref writer, _socket.NextSequence(), veth.Name);
        RouteRequests.SetUp(ref writer, _socket.NextSequence(), veth.Name);
        Created(writer.Written, veth.Name);
    }

    /// <summary>Deletes a link; its peer goes with it. False when there is none of that name.</summary>
    public bool DeleteLink(string name)
    {
        var answer = Change(name, static (ref NetlinkWriter w, uint s, string n) => RouteRequests.DeleteLink(ref w, s, n));
        if (answer.Errno == Errno.ENODEV) return false;
        Require(answer, Rtm.DelLink, name);
        return true;
    }

    /// <summary>Null when there is no link of that name.</summary>
    public LinkInfo? FindLink(string name)
    {
        CheckName(name);
        var writer = new NetlinkWriter(_socket.SendBuffer);
        RouteRequests.GetLink(ref writer, _socket.NextSequence(), name);
        var found = new List<LinkInfo>(1);
        var answer = _socket.Query(writer.Written, found, static (in NetlinkMessage message, List<LinkInfo> list) =>
        {
            if (RouteDecoder.Link(message) is { } link) list.Add(link);
        }, out _);
        if (answer.Errno == Errno.ENODEV) return null;
        Require(answer, Rtm.GetLink, name);
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>All links whose name begins with the prefix; an empty prefix lists all.</summary>
    public IReadOnlyList<LinkInfo> ListLinks(string prefix)
    {
        var links = List(Rtm.GetLink, RouteRequests.DumpLinks, RouteDecoder.Link);
        links.RemoveAll(link => !link.Name.StartsWith(prefix, StringComparison.Ordinal));
        return links;
    }

    /// <summary>All IPv4 addresses.</summary>
    public IReadOnlyList<LinkAddress> ListAddresses() =>
        List(Rtm.GetAddr, (ref NetlinkWriter w, uint s) => RouteRequests.DumpAddresses(ref w, s, Af.Inet), RouteDecoder.Address);

    /// <summary>All IPv4 unicast routes of all tables.</summary>
    public IReadOnlyList<RouteInfo> ListRoutes() =>
        List(Rtm.GetRoute, (ref NetlinkWriter w, uint s) => RouteRequests.DumpRoutes(ref w, s, Af.Inet), RouteDecoder.Route);

    public void SetUp(string name) =>
        Require(Change(name, static (ref NetlinkWriter w, uint s, string n) => RouteRequests.SetUp(ref w, s, n)), Rtm.NewLink, name);

    /// <summary>Makes the link a port of a bridge; 0 takes it out.</summary>
    public void SetMaster(string name, int masterIndex) => SetNumber(name, Ifla.Master, masterIndex);

    /// <summary>Bytes, 68 to 65535.</summary>
    public void SetMtu(string name, int mtu) => SetNumber(name, Ifla.Mtu, mtu);

    public void SetHardwareAddress(string name, PhysicalAddress address) => Require(
        Change((name, address.GetAddressBytes()), static (ref NetlinkWriter w, uint s, (string Name, byte[] Bytes) x) =>
            RouteRequests.SetHardwareAddress(ref w, s, x.Name, x.Bytes)),
        Rtm.NewLink, name);

    /// <summary>Precondition: the link is down.</summary>
    public void Rename(int index, string name)
    {
        CheckName(name);
        Require(
            Change((index, name), static (ref NetlinkWriter w, uint s, (int Index, string Name) x) =>
                RouteRequests.Rename(ref w, s, x.Index, x.Name)),
            Rtm.NewLink, name);
    }

    /// <summary>False when the link already has it.</summary>
    public bool AddAddress(int linkIndex, IPAddress address, int prefixLength)
    {
        var answer = Change((linkIndex, address, prefixLength), static (ref NetlinkWriter w, uint s, (int L, IPAddress A, int P) x) =>
            RouteRequests.Address(ref w, s, Rtm.NewAddr, x.L, x.A, x.P));
        if (answer.Errno == Errno.EEXIST) return false;
        Require(answer, Rtm.NewAddr, $"{address}/{prefixLength}");
        return true;
    }

    public void RemoveAddress(int linkIndex, IPAddress address, int prefixLength) => Require(
        Change((linkIndex, address, prefixLength), static (ref NetlinkWriter w, uint s, (int L, IPAddress A, int P) x) =>
            RouteRequests.Address(ref w, s, Rtm.DelAddr, x.L, x.A, x.P)),
        Rtm.DelAddr, $"{address}/{prefixLength}");

    /// <summary>A route in the main table; prefix length 0 is the default route. Fails EEXIST, ENETUNREACH.</summary>
    public void AddRoute(IPAddress destination, int prefixLength, IPAddress? gateway, int linkIndex) => Require(
        Change((destination, prefixLength, gateway, linkIndex),
            static (ref NetlinkWriter w, uint s, (IPAddress D, int P, IPAddress? G, int L) x) =>
                RouteRequests.Route(ref w, s, Rtm.NewRoute, x.D, x.P, x.G, x.L)),
        Rtm.NewRoute, $"{destination}/{prefixLength}");

    /// <summary>
    /// Names, addresses and routes an interface of this namespace, in two round trips. The interface must exist, be down and without address.
    /// </summary>
    public void ConfigureInterface(InterfaceSpec spec)
    {
        var link = FindLink(spec.Name)
            ?? throw new NetlinkException(Errno.ENODEV, Rtm.NameOf(Rtm.GetLink), $"\"{spec.Name}\"", "");
        var writer = new NetlinkWriter(_socket.SendBuffer);
        RouteRequests.NoLinkLocal(ref writer, _socket.NextSequence(), spec.Name);
        RouteRequests.SetUp(ref writer, _socket.NextSequence(), spec.Name);
        RouteRequests.Address(ref writer, _socket.NextSequence(), Rtm.NewAddr, link.Index, spec.Address, spec.PrefixLength);
        RouteRequests.Route(ref writer, _socket.NextSequence(), Rtm.NewRoute, IPAddress.Any, 0, spec.Gateway, link.Index);
        Span<NetlinkAnswer> answers = new NetlinkAnswer[4];
        _socket.Transact(writer.Written, answers);
        RequireNoLinkLocal(answers[0], spec.Name);
        Require(answers[1], Rtm.NewLink, spec.Name);
        Require(answers[2], Rtm.NewAddr, $"{spec.Address}/{spec.PrefixLength}");
        Require(answers[3], Rtm.NewRoute, $"default via {spec.Gateway}");
    }

    private delegate void BuildDump(ref NetlinkWriter writer, uint sequence);

    private List<T> List<T>(ushort operation, BuildDump build, Decode<T> decode) where T : class
    {
        for (var attempt = 1; ; attempt++)
        {
            var writer = new NetlinkWriter(_socket.SendBuffer);
            build(ref writer, _socket.NextSequence());
            var found = new List<T>();
            var answer = _socket.Query(writer.Written, (found, decode), static (in NetlinkMessage message, (List<T> List, Decode<T> Decode) x) =>
            {
                if (x.Decode(message) is { } item) x.List.Add(item);
            }, out var isInterrupted);
            Require(answer, operation, "");
            if (!isInterrupted) return found;
            if (attempt == NetlinkLimits.DumpTriesMax)
                throw new NetlinkException(Errno.EBUSY, Rtm.NameOf(operation), "", "the kernel's list changed at each try");
        }
    }

    private void SetNumber(string name, ushort attribute, int value) => Require(
        Change((name, attribute, value), static (ref NetlinkWriter w, uint s, (string Name, ushort Attribute, int Value) x) =>
            RouteRequests.SetNumber(ref w, s, x.Name, x.Attribute, (uint)x.Value)),
        Rtm.NewLink, name);

    private NetlinkAnswer Change<TState>(TState state, Build<TState> build)
    {
        var writer = new NetlinkWriter(_socket.SendBuffer);
        build(ref writer, _socket.NextSequence(), state);
        Span<NetlinkAnswer> answers = new NetlinkAnswer[1];
        _socket.Transact(writer.Written, answers);
        return answers[0];
    }

    // The batch: create, no IPv6 link-local address, up.
    private void Created(ReadOnlySpan<byte> batch, string name)
    {
        Span<NetlinkAnswer> answers = new NetlinkAnswer[3];
        _socket.Transact(batch, answers);
        Require(answers[0], Rtm.NewLink, name);
        RequireNoLinkLocal(answers[1], name);
        Require(answers[2], Rtm.NewLink, name);
    }

    private static void RequireNoLinkLocal(NetlinkAnswer answer, string name)
    {
        if (answer.Errno != EAFNOSUPPORT && answer.Errno != Errno.EOPNOTSUPP) Require(answer, Rtm.SetLink, name);
    }

    private static void Require(NetlinkAnswer answer, ushort operation, string subject)
    {
        if (answer.IsSuccess) return;
        throw new NetlinkException(
            answer.Errno, Rtm.NameOf(operation), subject.Length == 0 ? "" : $"\"{subject}\"", answer.Text);
    }

    private static void CheckName(string name)
    {
        if (name.Length is 0 or > NetlinkLimits.LinkNameLengthMax || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            throw new ArgumentException($"\"{name}\" is no name for a link (1 to 15 of letters, digits, - _ .)");
    }
}
