using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Troupe.Gateway.Hosting;

/// <summary>Who is at the other end, for the audit trail: the kernel's word on unix sockets, the address on TCP.</summary>
internal static class PeerCredentials
{
    // asm-generic/socket.h; the same on x86-64 and arm64. The value is struct ucred { pid, uid, gid }, 32 bits each (unix(7)).
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;
    private const int UcredSize = 12;
    private const int UidOffset = 4;

    public static string Principal(IFeatureCollection features)
    {
        var socket = features.Get<IConnectionSocketFeature>()?.Socket;
        if (socket is null) return "unknown";
        if (socket.AddressFamily != AddressFamily.Unix) return $"tcp:{socket.RemoteEndPoint}";
        Span<byte> credentials = stackalloc byte[UcredSize];
        try
        {
            var length = socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
            if (length != UcredSize) return "unknown";
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return "unknown";
        }

        var uid = BitConverter.IsLittleEndian
            ? BinaryPrimitives.ReadUInt32LittleEndian(credentials[UidOffset..])
            : BinaryPrimitives.ReadUInt32BigEndian(credentials[UidOffset..]);
        return string.Create(CultureInfo.InvariantCulture, $"uid:{uid}");
    }
}
