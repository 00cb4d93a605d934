using Troupe.Linux;
using Troupe.Linux.Files;
using Troupe.Specs.Archive;

namespace Troupe.Images.Layers;

/// <summary>Extended attributes: overlayfs's own, and which of an image's are taken over.</summary>
internal static class OverlayAttributes
{
    private static ReadOnlySpan<byte> Opaque => "trusted.overlay.opaque"u8;

    /// <summary>Makes overlayfs show nothing of lower layers below this directory. An empty name is the directory itself.</summary>
    public static void MakeOpaque(FileDescriptor parent, ReadOnlySpan<byte> name)
    {
        var errno = FileAt.TrySetAttribute(parent, name, Opaque, "y"u8);
        if (errno.Value != 0) throw FileAt.Failure(errno, "lsetxattr", name);
    }

    public static bool IsOpaque(FileDescriptor directory, ReadOnlySpan<byte> name) =>
        FileAt.GetAttribute(directory, name, Opaque) is [(byte)'y' or (byte)'x'];

    /// <summary>
    /// False for what would steer overlayfs itself (an image could redirect a directory to anywhere in the stack) and for the labels of the
    /// host's security modules.
    /// </summary>
    public static bool IsTakenOver(ReadOnlySpan<byte> attribute) =>
        attribute.IndexOf((byte)0) < 0
        && !attribute.StartsWith("trusted.overlay."u8)
        && !attribute.StartsWith("user.overlay."u8)
        && !attribute.SequenceEqual("security.selinux"u8)
        && !attribute.SequenceEqual("security.ima"u8)
        && !attribute.SequenceEqual("security.evm"u8);

    /// <summary>Sets an image's attribute by <paramref name="set"/>. A file system without attributes is no failure, as for Docker.</summary>
    public static void Apply(TarEntry entry, Func<TarAttribute, Errno> set)
    {
        foreach (var attribute in entry.Attributes)
        {
            if (!IsTakenOver(attribute.Name)) continue;
            var errno = set(attribute);
            if (errno.Value != 0 && errno != Errno.EOPNOTSUPP) throw FileAt.Failure(errno, "setxattr", entry.Name);
        }
    }
}
