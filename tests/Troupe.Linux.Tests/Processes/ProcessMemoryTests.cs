using System.IO.MemoryMappedFiles;
using Troupe.Linux.Processes;

namespace Troupe.Linux.Tests.Processes;

public sealed class ProcessMemoryTests
{
    [Fact]
    public void Give_back_when_a_file_is_mapped_read_only_then_its_pages_leave_and_come_back_with_their_bytes()
    {
        var path = Path.GetTempFileName();
        try
        {
            var bytes = new byte[8 << 20];
            new Random(1).NextBytes(bytes);
            File.WriteAllBytes(path, bytes);
            using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            using var view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            Assert.Equal(bytes, Read(view, bytes.Length));
            Assert.True(ResidentKb(path) >= bytes.Length / 1024);

            ProcessMemory.GiveBack();

            Assert.Equal(0, ResidentKb(path));
            Assert.Equal(bytes, Read(view, bytes.Length));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static byte[] Read(MemoryMappedViewAccessor view, int length)
    {
        var read = new byte[length];
        view.ReadArray(0, read, 0, length);
        return read;
    }

    private static int ResidentKb(string path)
    {
        var lines = File.ReadAllLines("/proc/self/smaps").SkipWhile(l => !l.EndsWith(path, StringComparison.Ordinal));
        return int.Parse(lines.First(l => l.StartsWith("Rss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], null);
    }
}
