using Troupe.Images;
using Troupe.Images.Tests;
using Troupe.Protocol;
using Troupe.Protocol.Images;

namespace Troupe.Integration.Tests.Images;

/// <summary>A real disk that fills up during a pull, at every place where a pull writes.</summary>
public sealed class DiskFullTests : IDisposable
{
    private const int DiskMebibytes = 8;

    private readonly TestRegistry _registry = new();

    public void Dispose() => _registry.Dispose();

    /// <param name="compressedMebibytes">Of each of two layers, which can't be compressed.</param>
    /// <param name="zeroMebibytes">More of the first, which compresses to nothing.</param>
    [Theory]
    [InlineData(16, 0)]
    [InlineData(3, 0)]
    [InlineData(0, 16)]
    public async Task Pull_when_the_disk_fills_up_then_docker_s_words_and_the_room_is_given_back(int compressedMebibytes, int zeroMebibytes)
    {
        await using var disk = await SmallDisk.MountAsync(DiskMebibytes);
        await using var images = new ImagesHarness(root: disk.Path);
        _registry.Add(Small(), "small", "latest");
        Assert.IsType<PullCompleted>((await images.PullAsync(_registry.Host + "/small")).Result);
        var before = (images.Count(), Entries(disk), disk.Used);
        _registry.Add(Big(compressedMebibytes, zeroMebibytes), "big", "latest");

        var failed = Assert.IsType<CommandFailed>((await images.PullAsync(_registry.Host + "/big")).Result);

        Assert.Equal(ErrorCode.ResourceExhausted, failed.Code);
        Assert.EndsWith(": no space left on device", failed.Message, StringComparison.Ordinal);
        await Wait.UntilAsync(() => (images.Count(), Entries(disk)) == (before.Item1, before.Item2), "the disk to be as it was");
        Assert.Equal(before.Used, disk.Used);
        // What was there works, and so does a pull that fits.
        Assert.Single((await images.AskAsync<ImageList>(new ListImages())).Images);
        _registry.Add(Big(1, 0), "fits", "latest");
        Assert.IsType<PullCompleted>((await images.PullAsync(_registry.Host + "/fits")).Result);
    }

    private static int Entries(SmallDisk disk) => Directory.GetFileSystemEntries(disk.Path, "*", SearchOption.AllDirectories).Length;

    private static TestImage Small() => TestImage.Of([new LayerBuilder().File("small", "x").Build()]);

    private static TestImage Big(int compressedMebibytes, int zeroMebibytes)
    {
        var random = new Random(compressedMebibytes);
        return TestImage.Of([.. Enumerable.Range(0, 2).Select(layer =>
        {
            var content = new byte[compressedMebibytes << 20];
            random.NextBytes(content);
            var builder = new LayerBuilder().File($"random{layer}", content);
            // Not holes: the layer's bytes are one after the other.
            return builder.File($"ones{layer}", Enumerable.Repeat((byte)1, zeroMebibytes << 20).ToArray()).Build();
        })]);
    }
}
