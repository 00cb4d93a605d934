using System.Text;
using Troupe.Linux.Files;
using Troupe.Linux.Programs;

namespace Troupe.Linux.Tests.Files;

public sealed class FileTimeTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("trp-times-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>Every time that can be expressed is taken by the kernel; inside the file system's range it is kept to the nanosecond.</summary>
    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(1_700_000_000, 999_999_999, true)]
    [InlineData(-1, 999_999_999, true)]
    [InlineData(-2_147_483_647, 1, true)]
    [InlineData(4_294_967_296, 123_456_789, true)]
    [InlineData(long.MaxValue, 999_999_999, false)]
    [InlineData(long.MinValue, 0, false)]
    public void Times_when_in_range_then_are_set_on_a_name_and_on_a_descriptor(long seconds, int nanoseconds, bool isKept)
    {
        File.WriteAllText(Path.Join(_directory, "hello"), "x");
        File.CreateSymbolicLink(Path.Join(_directory, "link"), "nowhere");
        using var directory = DescriptorFiles.Open(_directory, Kernel.O_RDONLY | Kernel.O_DIRECTORY);
        var time = new FileTime(seconds, nanoseconds);
        foreach (var name in (string[])["hello", "link"])
        {
            var bytes = Encoding.UTF8.GetBytes(name);
            Assert.Equal(default, FileAt.TrySetTimes(directory, bytes, time));
            Assert.Equal(default, FileAt.TryStatus(directory, bytes, out var status));
            if (isKept) Assert.Equal(time, status.Modified);
        }

        using var file = DescriptorFiles.Open(Path.Join(_directory, "hello"), Kernel.O_WRONLY);
        Assert.Equal(default, FileIo.TrySetTimes(file, time));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1_000_000_000)]
    [InlineData((1 << 30) - 1)] // UTIME_NOW
    [InlineData((1 << 30) - 2)] // UTIME_OMIT
    public void Time_when_its_nanoseconds_are_out_of_range_then_is_refused(int nanoseconds)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new FileTime(0, nanoseconds));
    }
}
