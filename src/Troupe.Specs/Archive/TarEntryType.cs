namespace Troupe.Specs.Archive;

/// <summary>What an entry makes (POSIX pax, "ustar Interchange Format"; GNU tar).</summary>
public enum TarEntryType
{
    File = '0',
    HardLink = '1',
    SymbolicLink = '2',
    CharacterDevice = '3',
    BlockDevice = '4',
    Directory = '5',
    Fifo = '6',

    /// <summary>A file with holes, GNU or PAX; its body is the data of <see cref="TarEntry.Sparse"/> one after the other.</summary>
    SparseFile = 'S',
}
