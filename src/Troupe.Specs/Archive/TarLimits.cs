namespace Troupe.Specs.Archive;

/// <summary>Bounds of what a foreign archive may make the reader hold.</summary>
public static class TarLimits
{
    /// <summary>Bytes of a pax header or GNU long name: as Go's reader, so that what Docker reads is read.</summary>
    public const int ExtensionBytesMax = 1 << 20;

    /// <summary>Stretches of a sparse file: 16 bytes each in memory.</summary>
    public const int SparseSegmentsMax = 65_536;

    /// <summary>Bytes of all header blocks before one entry.</summary>
    public const int HeaderBytesMax = 4 << 20;
}
