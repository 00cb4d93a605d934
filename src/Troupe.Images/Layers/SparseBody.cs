using Troupe.Linux;
using Troupe.Linux.Files;
using Troupe.Specs.Archive;

namespace Troupe.Images.Layers;

/// <summary>Writes a sparse file's data where it belongs and leaves holes between.</summary>
internal static class SparseBody
{
    public static void Write(TarEntry entry, TarReader reader, FileDescriptor file)
    {
        FileIo.Truncate(file, entry.RealSize, entry.NameText);
        var segment = 0;
        long inSegment = 0;
        for (var chunk = reader.NextBody(); chunk.Length > 0; chunk = reader.NextBody())
        {
            while (chunk.Length > 0)
            {
                var current = entry.Sparse[segment];
                var length = (int)Math.Min(chunk.Length, current.Length - inSegment);
                if (length > 0)
                {
                    FileIo.Seek(file, current.Offset + inSegment, entry.NameText);
                    FileIo.Write(file, chunk[..length], entry.NameText);
                }

                inSegment += length;
                chunk = chunk[length..];
                if (inSegment == current.Length)
                {
                    segment++;
                    inSegment = 0;
                }
            }
        }
    }
}
