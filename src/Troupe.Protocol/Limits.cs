namespace Troupe.Protocol;

/// <summary>Bounds of the wire format. Sizes in bytes.</summary>
public static class Limits
{
    /// <summary>
    /// Largest message or event. Twice the largest request body that the gateway lets into a container's definition; anything near it is
    /// a design fault (DESIGN.md: 64 KiB), but a user's labels and environment are theirs.
    /// </summary>
    public const int WireSizeBytesMax = 1 << 20;

    /// <summary>Largest snapshot: about 300,000 placements of 200 bytes.</summary>
    public const int WireSnapshotSizeBytesMax = 64 << 20;

    /// <summary>Nesting of records, arrays and dictionaries in one message. The deepest contract has 5.</summary>
    public const int WireDepthMax = 16;
}
