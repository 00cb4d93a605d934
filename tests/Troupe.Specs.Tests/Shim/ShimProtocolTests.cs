using System.Buffers.Binary;
using Troupe.Specs.Shim;

namespace Troupe.Specs.Tests.Shim;

public sealed class ShimProtocolTests
{
    private static readonly ShimExit s_exit = new("e-1", 42, 137, 9, true, 1_764_000_000_123_456_789, 10, 20);

    public static TheoryData<string> Payloads =>
        ["hello", "helloReply", "error", "exit", "state", "kill", "exec", "execReply", "resize", "name", "attach", "attached", "gap"];

    [Theory]
    [MemberData(nameof(Payloads))]
    public void Payload_when_written_then_reads_back_equal(string name) => Assert.Equal(Sample(name), Read(name, Encode(name)));

    [Theory]
    [MemberData(nameof(Payloads))]
    public void Payload_when_a_later_version_appended_fields_then_reads_back_equal(string name) =>
        Assert.Equal(Sample(name), Read(name, [.. Encode(name), 1, 2, 3, 4, 5, 6, 7, 8, 9]));

    [Theory]
    [MemberData(nameof(Payloads))]
    public void Payload_when_cut_short_then_is_refused(string name)
    {
        var bytes = Encode(name);
        for (var length = 0; length < bytes.Length; length++) Assert.Null(Read(name, bytes[..length]));
    }

    [Fact]
    public void Hello_when_magic_is_wrong_then_is_refused()
    {
        var bytes = Encode("hello");
        bytes[0] ^= 1;
        Assert.False(ShimHello.TryRead(new ShimFieldReader(bytes), out _));
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 9, 1)]
    [InlineData(0, 1, 1)]
    [InlineData(2, 3, 0)]
    [InlineData(0, 0, 0)]
    [InlineData(3, 1, 0)]
    public void Agree_when_ranges_meet_then_is_the_highest_common_version(ushort min, ushort max, ushort expected) =>
        Assert.Equal(expected, new ShimHello(min, max).Agree());

    [Fact]
    public void TryRead_when_length_is_over_the_bound_then_is_malformed_before_the_payload_arrives()
    {
        var bytes = new byte[ShimProtocol.HeaderSize];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, ShimProtocol.PayloadMax + 1);
        Assert.Equal(ShimDecode.Malformed, ShimFrameReader.TryRead(bytes, out _, out _, out _));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, uint.MaxValue);
        Assert.Equal(ShimDecode.Malformed, ShimFrameReader.TryRead(bytes, out _, out _, out _));
    }

    [Fact]
    public void TryRead_when_bytes_come_one_by_one_then_the_frame_is_found_at_its_last_byte()
    {
        var bytes = new byte[ShimProtocol.HeaderSize + 5];
        new ShimFrameHeader(ShimFrameKind.Stdin, 7, 5).Write(bytes);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(ShimDecode.Incomplete, ShimFrameReader.TryRead(bytes.AsSpan(0, length), out _, out _, out var none));
            Assert.Equal(0, none);
        }
        Assert.Equal(ShimDecode.Frame, ShimFrameReader.TryRead([.. bytes, 99], out var header, out var payload, out var consumed));
        Assert.Equal(new ShimFrameHeader(ShimFrameKind.Stdin, 7, 5), header);
        Assert.Equal(5, payload.Length);
        Assert.Equal(bytes.Length, consumed);
    }

    [Fact]
    public void Readers_when_fed_random_and_mutated_bytes_then_never_throw_and_allocate_little()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var names = Payloads.Select(row => row.Data).ToArray();
        for (var round = 0; round < 20_000; round++)
        {
            var name = names[random.Next(names.Length)];
            var bytes = Encode(name);
            for (var flips = random.Next(4); flips >= 0; flips--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0) bytes = bytes[..random.Next(bytes.Length)];
            if (random.Next(8) == 0) random.NextBytes(bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var failure = Record.Exception(() =>
            {
                Read(name, bytes);
                ShimFrameReader.TryRead(bytes, out _, out _, out _);
            });
            Assert.True(failure is null, $"seed {seed}, {name}: {failure}");
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 16 * 1024, $"seed {seed}, {name}");
        }
    }

    [Fact]
    public void Text_when_longer_than_the_bound_then_is_cut_between_characters()
    {
        var bytes = new byte[4096];
        var writer = new ShimFieldWriter(bytes);
        writer.Text("x" + new string('é', 2000));
        var text = new ShimFieldReader(bytes.AsSpan(0, writer.Length)).Text();
        Assert.Equal("x" + new string('é', 511), text);
    }

    [Theory]
    [InlineData("a-B_9", true)]
    [InlineData("", false)]
    [InlineData("../x", false)]
    [InlineData("a/b", false)]
    [InlineData("a.b", false)]
    public void IsExecId_when_it_could_leave_the_run_directory_then_is_refused(string text, bool expected) =>
        Assert.Equal(expected, ShimProtocol.IsExecId(text));

    [Fact]
    public void Files_when_written_then_read_back_and_unknown_members_are_ignored()
    {
        var config = new ShimConfig("id", "/b", "/r", "/root", "/l", "json-file", 10, 3, true, true, false,
            [new ShimMount("overlay", "overlay", ["lowerdir=/a"])]);
        var read = ShimFiles.ReadConfig(ShimFiles.Write(config));
        Assert.Equal(config with { RootfsMounts = read.RootfsMounts }, read);
        Assert.Equal(config.RootfsMounts[0].Options, read.RootfsMounts[0].Options);

        var record = new ShimExitRecord("id", 1, 137, 9, true, long.MaxValue, 5, 6);
        Assert.Equal(record, ShimFiles.ReadExit(ShimFiles.Write(record)));
        var later = System.Text.Encoding.UTF8.GetString(ShimFiles.Write(record)).Replace("{", "{\"Later\":[1],", StringComparison.Ordinal);
        Assert.Equal(record, ShimFiles.ReadExit(System.Text.Encoding.UTF8.GetBytes(later)));
        Assert.Throws<System.Text.Json.JsonException>(() => ShimFiles.ReadExit("{\"Id\":\"x\"}"u8));
    }

    private static object Sample(string name) => name switch
    {
        "hello" => new ShimHello(1, 3),
        "helloReply" => new ShimHelloReply(1, 4242),
        "error" => new ShimError(2, "exec \"é\": no such file", 127),
        "exit" => s_exit,
        "state" => new ShimTaskState(3, 42, ulong.MaxValue, 10, 20, s_exit),
        "kill" => new ShimKill("e", 15, true),
        "exec" => new ShimExecRequest("e-2", true, false, true),
        "execReply" => new ShimExecReply(1, 2, false, 3),
        "resize" => new ShimResize("", 50, 200),
        "name" => new ShimExecName("abc"),
        "attach" => new ShimAttach("", ShimStreams.Stdin | ShimStreams.Stderr, 0, ShimProtocol.OffsetNow),
        "attached" => new ShimAttached(1, 2),
        _ => new ShimGap(1, 2, 3),
    };

    private static byte[] Encode(string name)
    {
        var bytes = new byte[4096];
        var writer = new ShimFieldWriter(bytes);
        switch (Sample(name))
        {
            case ShimHello v: v.Write(ref writer); break;
            case ShimHelloReply v: v.Write(ref writer); break;
            case ShimError v: v.Write(ref writer); break;
            case ShimExit v: v.Write(ref writer); break;
            case ShimTaskState v: v.Write(ref writer); break;
            case ShimKill v: v.Write(ref writer); break;
            case ShimExecRequest v: v.Write(ref writer); break;
            case ShimExecReply v: v.Write(ref writer); break;
            case ShimResize v: v.Write(ref writer); break;
            case ShimExecName v: v.Write(ref writer); break;
            case ShimAttach v: v.Write(ref writer); break;
            case ShimAttached v: v.Write(ref writer); break;
            case ShimGap v: v.Write(ref writer); break;
        }
        return bytes[..writer.Length];
    }

    private static object? Read(string name, byte[] bytes)
    {
        var reader = new ShimFieldReader(bytes);
        return name switch
        {
            "hello" => ShimHello.TryRead(reader, out var v) ? v : null,
            "helloReply" => ShimHelloReply.TryRead(reader, out var v) ? v : null,
            "error" => ShimError.TryRead(reader, out var v) ? v : null,
            "exit" => ShimExit.TryRead(ref reader, out var v) ? v : null,
            "state" => ShimTaskState.TryRead(reader, out var v) ? v : null,
            "kill" => ShimKill.TryRead(reader, out var v) ? v : null,
            "exec" => ShimExecRequest.TryRead(reader, out var v) ? v : null,
            "execReply" => ShimExecReply.TryRead(reader, out var v) ? v : null,
            "resize" => ShimResize.TryRead(reader, out var v) ? v : null,
            "name" => ShimExecName.TryRead(reader, out var v) ? v : null,
            "attach" => ShimAttach.TryRead(reader, out var v) ? v : null,
            "attached" => ShimAttached.TryRead(reader, out var v) ? v : null,
            _ => ShimGap.TryRead(reader, out var v) ? v : null,
        };
    }
}
