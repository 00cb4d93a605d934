namespace Troupe.Specs.Archive;

/// <summary>The bytes are not a tar archive, or one beyond the limits.</summary>
public sealed class TarFormatException(string message) : FormatException("archive/tar: " + message);
