using Troupe.Linux;
using Troupe.Linux.Files;

namespace Troupe.Images.Layers;

/// <summary>
/// Whiteout entries (OCI image-spec, layer.md, "Whiteouts"). They hide names of lower layers only, wherever in the tar they stand: what
/// the same layer holds under that name stays.
/// </summary>
internal static class LayerWhiteouts
{
    public static bool IsMarker(ReadOnlySpan<byte> name) => name.StartsWith(".wh."u8);

    public static void Apply(FileDescriptor parent, byte[] name)
    {
        if (name.AsSpan().SequenceEqual(".wh..wh..opq"u8))
        {
            OverlayAttributes.MakeOpaque(parent, []);
            return;
        }

        // Bookkeeping of aufs (.wh..wh.plnk, .wh..wh.orph): no part of the file system.
        if (name.AsSpan().StartsWith(".wh..wh."u8)) return;
        var hidden = name[4..];
        if (hidden.Length == 0 || hidden.AsSpan().SequenceEqual("."u8) || hidden.AsSpan().SequenceEqual(".."u8))
            throw LayerPath.Refused(name, "is not a valid whiteout");
        Hide(parent, hidden);
    }

    private static void Hide(FileDescriptor parent, byte[] name)
    {
        var errno = FileAt.TryMakeNode(parent, name, FileKind.CharacterDevice, 0, 0, 0);
        if (errno.Value == 0) return;
        if (errno != Errno.EEXIST) throw FileAt.Failure(errno, "mknodat", name);
        // The layer has that name itself. Only a directory lets the lower one show through.
        if (FileAt.TryStatus(parent, name, out var status).Value == 0 && status.Kind == FileKind.Directory)
            OverlayAttributes.MakeOpaque(parent, name);
    }
}
