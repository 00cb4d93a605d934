using System.Collections.Concurrent;
using System.Text;
using Troupe.Containers.Logs;
using Troupe.Containers.Tests.Shims;
using Troupe.Protocol.Containers;
using Troupe.Specs;
using Troupe.Specs.Shim;
using Troupe.Specs.Streams;

namespace Troupe.Containers.Tests.Logs;

public sealed class JsonFileLogSourceTests : IDisposable
{
    private static readonly LogOptions s_all = new(Stdout: true, Stderr: true, Follow: false, Tail: null, Since: null, Until: null);
    private static readonly DateTimeOffset s_start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private readonly string _directory = Path.Combine("/tmp", "trp-logs-" + Guid.NewGuid().ToString("N")[..8]);
    private readonly ContainerId _id = ContainerId.New();
    private readonly Index _index = new();
    private readonly JsonFileLogSource _source;

    public JsonFileLogSourceTests()
    {
        Directory.CreateDirectory(_directory);
        _source = new JsonFileLogSource(_index, _ => Log, TimeProvider.System);
    }

    private string Log => Path.Combine(_directory, "x-json.log");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Read_when_there_is_no_file_then_is_empty() => Assert.Empty(await ReadAsync(s_all));

    [Fact]
    public async Task Read_when_files_were_rotated_then_is_in_order_oldest_first()
    {
        Write(".2", 0, 3);
        Write(".1", 3, 3);
        Write("", 6, 2);
        Assert.Equal(Lines(0, 8), await ReadAsync(s_all));
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(1, 7)]
    [InlineData(2, 6)]
    [InlineData(3, 5)]
    [InlineData(7, 1)]
    [InlineData(8, 0)]
    [InlineData(100, 0)]
    public async Task Read_when_tail_is_asked_then_begins_that_many_lines_before_the_end(int tail, int first)
    {
        Write(".2", 0, 3);
        Write(".1", 3, 3);
        Write("", 6, 2);
        Assert.Equal(Lines(first, 8 - first), await ReadAsync(s_all with { Tail = tail }));
    }

    [Fact]
    public async Task Read_when_tail_is_asked_of_a_large_file_then_reads_its_end_only()
    {
        Write("", 0, 20_000);
        Assert.Equal(Lines(15_000, 5_000), await ReadAsync(s_all with { Tail = 5_000 }));
    }

    [Fact]
    public async Task Read_when_since_and_until_are_given_then_both_are_inclusive_bounds()
    {
        Write(".1", 0, 4);
        Write("", 4, 6);
        Assert.Equal(Lines(6, 3), await ReadAsync(s_all with { Since = s_start.AddSeconds(6), Until = s_start.AddSeconds(8) }));
    }

    [Fact]
    public async Task Read_when_one_stream_is_wanted_then_leaves_the_other_out()
    {
        Append("", Record("out\n", StdStream.Stdout, 0) + Record("err\n", StdStream.Stderr, 1));
        Assert.Equal(["err\n"], await ReadAsync(s_all with { Stdout = false }));
        Assert.Equal(["out\n"], await ReadAsync(s_all with { Stderr = false }));
    }

    [Fact]
    public async Task Read_when_lines_are_torn_then_leaves_only_those_out()
    {
        var torn = Record("torn\n", StdStream.Stdout, 1);
        Append(".1", Record("a\n", StdStream.Stdout, 0) + torn[..20]);
        Append("", Record("b\n", StdStream.Stdout, 2) + torn[..25] + "\n" + "not json\n" + Record("c", StdStream.Stdout, 3) + torn[..9]);
        Assert.Equal(["a\n", "b\n", "c"], await ReadAsync(s_all));
    }

    [Fact]
    public async Task Read_when_a_line_is_endless_then_skips_it_without_keeping_it()
    {
        Append("", new string('x', 5_000_000) + "\n" + Record("after\n", StdStream.Stdout, 3));
        Assert.Equal(["after\n"], await ReadAsync(s_all));
    }

    [Fact]
    public async Task Follow_when_the_container_stops_then_reads_to_the_end_and_ends()
    {
        _index.Status = ContainerStatus.Running;
        Write("", 0, 2);
        await using var records = _source.ReadAsync(_id, s_all with { Follow = true }, ShimHome.Soon).GetAsyncEnumerator();
        Assert.Equal(Lines(0, 2), await TakeAsync(records, 2));
        var coming = records.MoveNextAsync();
        Assert.False(coming.IsCompleted);
        var torn = Record("late\n", StdStream.Stdout, 9);
        Append("", torn[..15]); // a record that is written in two pieces is one record
        Append("", torn[15..]);
        Assert.True(await coming);
        Assert.Equal("late\n", Encoding.UTF8.GetString(records.Current.Data.Span));
        Write("", 10, 1);
        _index.Status = ContainerStatus.Exited;
        Assert.Equal(Lines(10, 1), await TakeAsync(records, 1));
        Assert.False(await records.MoveNextAsync());
    }

    [Fact]
    public async Task Follow_when_files_rotate_under_it_then_every_record_comes_once_and_in_order()
    {
        const int total = 20_000; // fewer rotations than files are kept, however late the reader comes
        _index.Status = ContainerStatus.Running;
        var writing = Task.Run(() =>
        {
            var random = new Random(1);
            for (var i = 0; i < total;)
            {
                var count = Math.Min(random.Next(1, 400), total - i);
                Write("", i, count);
                i += count;
                if (random.Next(4) != 0) continue;
                for (var n = 30; n >= 1; n--)
                {
                    if (File.Exists($"{Log}.{n}")) File.Move($"{Log}.{n}", $"{Log}.{n + 1}", overwrite: true);
                }
                File.Move(Log, Log + ".1");
            }
            _index.Status = ContainerStatus.Exited;
        });
        var lines = await ReadAsync(s_all with { Follow = true });
        await writing;
        Assert.Equal(Lines(0, total), lines);
    }

    [Fact]
    public async Task Follow_when_the_container_is_removed_then_ends()
    {
        _index.Status = ContainerStatus.Running;
        Write("", 0, 1);
        await using var records = _source.ReadAsync(_id, s_all with { Follow = true }, ShimHome.Soon).GetAsyncEnumerator();
        await TakeAsync(records, 1);
        var coming = records.MoveNextAsync().AsTask();
        File.Delete(Log);
        _index.Status = null;
        Assert.False(await coming.WaitAsync(ShimHome.Soon));
    }

    [Fact]
    public async Task Follow_when_cancelled_then_stops()
    {
        _index.Status = ContainerStatus.Running;
        using var cancel = new CancellationTokenSource();
        await using var records = _source.ReadAsync(_id, s_all with { Follow = true }, cancel.Token).GetAsyncEnumerator();
        var coming = records.MoveNextAsync().AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => coming);
    }

    [Fact]
    public async Task Follow_when_a_shim_writes_then_all_bytes_come_through()
    {
        await using var home = new ShimHome();
        var config = ShimHome.Shell(home, "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done", logSizeMax: 100_000);
        var source = new JsonFileLogSource(_index, _ => config.LogPath, TimeProvider.System);
        _index.Status = ContainerStatus.Running;
        await using var shim = await home.RunAsync(config);
        var reading = Task.Run(async () =>
        {
            var text = new StringBuilder();
            await foreach (var record in source.ReadAsync(_id, s_all with { Follow = true }, ShimHome.Soon))
            {
                text.Append(Encoding.UTF8.GetString(record.Data.Span));
            }
            return text.ToString();
        });
        await shim.Exited.WaitAsync(ShimHome.Soon);
        _index.Status = ContainerStatus.Exited;
        Assert.Equal(string.Concat(Enumerable.Range(0, 2000).Select(i => $"line {i}\n")), await reading);
    }

    private static IEnumerable<string> Lines(int first, int count) => Enumerable.Range(first, count).Select(i => $"line {i}\n");

    private static async Task<List<string>> TakeAsync(IAsyncEnumerator<LogRecord> records, int count)
    {
        var lines = new List<string>();
        while (lines.Count < count && await records.MoveNextAsync()) lines.Add(Encoding.UTF8.GetString(records.Current.Data.Span));
        return lines;
    }

    private async Task<List<string>> ReadAsync(LogOptions options)
    {
        var lines = new List<string>();
        await foreach (var record in _source.ReadAsync(_id, options, ShimHome.Soon)) lines.Add(Encoding.UTF8.GetString(record.Data.Span));
        return lines;
    }

    private void Write(string suffix, int first, int count)
    {
        var text = new StringBuilder();
        for (var i = first; i < first + count; i++) text.Append(Record($"line {i}\n", StdStream.Stdout, i));
        Append(suffix, text.ToString());
    }

    private void Append(string suffix, string text) => File.AppendAllText(Log + suffix, text);

    private static string Record(string text, StdStream stream, int second)
    {
        var raw = Encoding.UTF8.GetBytes(text);
        var time = new byte[JsonLogFormat.TimeLength];
        JsonLogFormat.FormatTime((s_start.AddSeconds(second) - DateTimeOffset.UnixEpoch).Ticks * 100, time);
        var line = new byte[JsonLogFormat.EncodedMax(raw.Length)];
        return Encoding.UTF8.GetString(line, 0, JsonLogFormat.Encode(raw, stream, time, line));
    }

    private sealed class Index : IContainerIndex
    {
        private readonly ConcurrentDictionary<ContainerStatus, ContainerView> _views = new();

        public ContainerStatus? Status { get; set; }

        public IReadOnlyCollection<ContainerView> All => [];

        public ContainerView? Find(ContainerId id) => Status is not { } status ? null : _views.GetOrAdd(status, s => new ContainerView(
            id, "n", "name", 1, default, null!, s, s_start, null, null, 0, 0, false, "", 1, []));
    }
}
