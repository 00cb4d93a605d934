using Microsoft.Win32.SafeHandles;
using Troupe.Linux.Netlink;

namespace Troupe.Networks.Bridge;

/// <summary>net.ipv4.ip_forward of one network namespace: the open file stays bound to the namespace it was opened in.</summary>
internal sealed class ForwardingSwitch : IDisposable
{
    private const string Path = "/proc/sys/net/ipv4/ip_forward";
    private readonly SafeFileHandle _file;

    private ForwardingSwitch(SafeFileHandle file) => _file = file;

    public static ForwardingSwitch OpenIn(NetworkNamespace place) =>
        new(place.Run(() => File.OpenHandle(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite)));

    public bool IsOn
    {
        get
        {
            Span<byte> value = stackalloc byte[8];
            return RandomAccess.Read(_file, value, 0) > 0 && value[0] != (byte)'0';
        }
    }

    public void TurnOn() => RandomAccess.Write(_file, "1"u8, 0);

    public void Dispose() => _file.Dispose();
}
