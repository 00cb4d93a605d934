using Troupe.Containers.Streams;
using Troupe.Containers.Tests.Shims;
using Troupe.Specs.Streams;

namespace Troupe.Containers.Tests.Streams;

public sealed class OutputSpoolTests : IDisposable
{
    private readonly string _directory = Path.Combine("/tmp", "trp-spool-" + Guid.NewGuid().ToString("N")[..8]);

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Read_when_memory_and_file_alternate_then_order_and_bytes_are_kept()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        using var spool = new OutputSpool(_directory, memoryMax: 2_000, fileMax: 1_000_000);
        var written = new Dictionary<StdStream, List<byte>> { [StdStream.Stdout] = [], [StdStream.Stderr] = [] };
        var read = new Dictionary<StdStream, List<byte>> { [StdStream.Stdout] = [], [StdStream.Stderr] = [] };
        for (var round = 0; round < 3_000; round++)
        {
            if (random.Next(3) > 0)
            {
                var stream = random.Next(2) == 0 ? StdStream.Stdout : StdStream.Stderr;
                var data = new byte[random.Next(1, 700)];
                random.NextBytes(data);
                Assert.True(spool.TryAppend(new StreamChunk(stream, written[stream].Count, data)), $"seed {seed}");
                written[stream].AddRange(data);
            }
            else if (spool.Backlog > 0)
            {
                Take(await spool.ReadAsync(ShimHome.Soon), read, seed);
            }
        }
        spool.Complete(null);
        while (await spool.ReadAsync(ShimHome.Soon) is { } chunk) Take(chunk, read, seed);
        Assert.Equal(written[StdStream.Stdout], read[StdStream.Stdout]);
        Assert.Equal(written[StdStream.Stderr], read[StdStream.Stderr]);
        Assert.Equal(0, spool.Backlog);
    }

    [Fact]
    public async Task Append_when_the_client_is_too_far_behind_then_it_reads_what_is_there_and_an_error()
    {
        using var spool = new OutputSpool(_directory, memoryMax: 1_000, fileMax: 10_000);
        var offset = 0;
        while (spool.TryAppend(new StreamChunk(StdStream.Stdout, offset, new byte[500]))) offset += 500;
        Assert.InRange(offset, 8_000, 11_000);
        var total = 0;
        var failure = await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (await spool.ReadAsync(ShimHome.Soon) is { } chunk) total += chunk.Data.Length;
        });
        Assert.Equal(offset, total);
        Assert.Contains("cut off", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Append_when_chunks_are_tiny_then_they_share_buffers()
    {
        using var spool = new OutputSpool(_directory, memoryMax: 100_000, fileMax: 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50_000; i++) Assert.True(spool.TryAppend(new StreamChunk(StdStream.Stdout, i, new byte[1])));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000 * 40);
    }

    private static void Take(StreamChunk? chunk, Dictionary<StdStream, List<byte>> read, int seed)
    {
        var bytes = read[chunk!.Value.Stream];
        Assert.True(chunk.Value.Offset == bytes.Count, $"seed {seed}");
        bytes.AddRange(chunk.Value.Data.Span);
    }
}
