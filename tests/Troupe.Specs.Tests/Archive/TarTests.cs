using System.Text;
using Troupe.Specs.Archive;

namespace Troupe.Specs.Tests.Archive;

public class TarTests
{
    [Fact]
    public void Reader_when_it_reads_what_the_writer_wrote_then_everything_is_the_same()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage("seed {0}", seed);
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var entries = Enumerable.Range(0, random.Next(1, 8)).Select(_ => RandomEntry(random)).ToList();
            var target = new MemoryStream();
            using var writer = new TarWriter(target);
            foreach (var (entry, body) in entries)
            {
                writer.WriteHeader(entry);
                writer.WriteBody(body);
            }

            writer.Finish();
            target.Position = 0;
            // A source that gives few bytes at a time: every boundary is crossed.
            using var reader = new TarReader(new Trickle(target, random), keepsRawHeaders: true);
            foreach (var (expected, body) in entries)
            {
                var actual = reader.Next();
                Assert.True(actual is not null, $"seed {seed}");
                Assert.True(Same(expected, actual), $"seed {seed}: {expected} / {actual}");
                Assert.Equal(body, Body(reader));
                Assert.Equal(0, actual.RawHeaders.Length % 512);
            }

            Assert.Null(reader.Next());
        }
    }

    [Fact]
    public void Reader_when_fed_mutated_archives_then_it_fails_only_in_its_own_way_and_ends()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage("seed {0}", seed);
        var random = new Random(seed);
        for (var round = 0; round < 20_000; round++)
        {
            var target = new MemoryStream();
            using var writer = new TarWriter(target);
            for (var i = 0; i < 2; i++)
            {
                var (entry, body) = RandomEntry(random);
                writer.WriteHeader(entry);
                writer.WriteBody(body);
            }

            writer.Finish();
            var bytes = target.ToArray();
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                var at = random.Next(bytes.Length);
                bytes[at] = (byte)random.Next(256);
                // Half of the damage gets past the checksum.
                if (random.Next(2) == 0) FixChecksum(bytes.AsSpan(at / 512 * 512, 512));
            }

            if (random.Next(3) == 0) bytes = bytes[..random.Next(bytes.Length)];
            try
            {
                using var reader = new TarReader(new MemoryStream(bytes), keepsRawHeaders: false);
                var entries = 0;
                while (reader.Next() is not null)
                {
                    Body(reader);
                    Assert.True(++entries < 100, $"seed {seed}, round {round}");
                }
            }
            catch (TarFormatException)
            {
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, round {round}: {e}");
            }
        }
    }

    [Theory]
    [InlineData("0000644\0", 0x1A4)]
    [InlineData("   644 \0", 0x1A4)]
    [InlineData("\0\0\0\0\0\0\0\0", 0)]
    [InlineData("7777777 ", 0x1FFFFF)]
    public void Number_when_octal_then_read(string field, long expected)
    {
        Assert.True(TarHeader.TryNumber(Encoding.Latin1.GetBytes(field), out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("800000000000000000000001", 1L)]
    [InlineData("80000000ffffffffffffffff", null)]
    [InlineData("800000007fffffffffffffff", long.MaxValue)]
    [InlineData("ffffffffffffffffffffffff", -1L)]
    [InlineData("ffffffff8000000000000000", long.MinValue)]
    [InlineData("c00000000000000000000000", null)]
    [InlineData("bfffffffffffffffffffffff", null)]
    public void Number_when_base_256_then_read_or_refused(string hex, long? expected)
    {
        Assert.Equal(expected is not null, TarHeader.TryNumber(Convert.FromHexString(hex), out var value));
        if (expected is not null) Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("0000689\0")]
    [InlineData("-000001\0")]
    [InlineData("abc\0\0\0\0\0")]
    public void Number_when_not_octal_then_refused(string field) => Assert.False(TarHeader.TryNumber(Encoding.Latin1.GetBytes(field), out _));

    [Theory]
    [InlineData("0 a=b\n")]
    [InlineData("6 a=b")]
    [InlineData("99 a=b\n")]
    [InlineData("6 =bb\n")]
    [InlineData("6 abb\n")]
    [InlineData("a a=b\n")]
    [InlineData("-6 a=b\n")]
    [InlineData("99999999999999999999 a=b\n")]
    public void Pax_when_malformed_then_refused(string records) =>
        Assert.Throws<TarFormatException>(() => new PaxRecords().Parse(Encoding.ASCII.GetBytes(records)));

    [Theory]
    [InlineData("1.5", 1, 500_000_000)]
    [InlineData("-1.5", -2, 500_000_000)]
    [InlineData("-1", -1, 0)]
    [InlineData("1.1234567899999", 1, 123_456_789)]
    [InlineData("0", 0, 0)]
    public void Pax_when_a_time_has_a_fraction_then_nanoseconds(string text, long seconds, int nanoseconds)
    {
        var records = new PaxRecords();
        var length = text.Length + 10;
        records.Parse(Encoding.ASCII.GetBytes($"{length} mtime={text}\n"));
        Assert.Equal((seconds, nanoseconds), records.Time("mtime"));
    }

    [Fact]
    public void Reader_when_there_is_no_end_mark_then_the_end_of_the_stream_is_the_end()
    {
        var target = new MemoryStream();
        using var writer = new TarWriter(target);
        writer.WriteHeader(new TarEntry { Type = TarEntryType.Directory, Name = "d"u8.ToArray() });
        using var reader = new TarReader(new MemoryStream(target.ToArray()), keepsRawHeaders: false);
        Assert.NotNull(reader.Next());
        Assert.Null(reader.Next());
    }

    private static void FixChecksum(Span<byte> block)
    {
        if (block.Length < 512) return;
        Encoding.ASCII.GetBytes(Convert.ToString(TarHeader.Checksum(block).Unsigned, 8).PadLeft(6, '0') + "\0 ", block[148..156]);
    }

    private static (TarEntry Entry, byte[] Body) RandomEntry(Random random)
    {
        TarEntryType[] types = [TarEntryType.File, TarEntryType.HardLink, TarEntryType.SymbolicLink, TarEntryType.CharacterDevice, TarEntryType.Directory, TarEntryType.Fifo];
        var type = types[random.Next(types.Length)];
        var body = type == TarEntryType.File ? Bytes(random, random.Next(3) == 0 ? random.Next(600_000) : random.Next(1500)) : [];
        var isDevice = type == TarEntryType.CharacterDevice;
        return (new TarEntry
        {
            Type = type,
            Name = Name(random),
            LinkName = type is TarEntryType.HardLink or TarEntryType.SymbolicLink ? Name(random) : [],
            Mode = (uint)random.Next(4096),
            Uid = (uint)random.NextInt64(random.Next(2) == 0 ? 100 : uint.MaxValue),
            Gid = (uint)random.NextInt64(random.Next(2) == 0 ? 100 : uint.MaxValue),
            Size = body.Length,
            RealSize = body.Length,
            ModifiedSeconds = random.NextInt64(-5_000_000_000, 20_000_000_000),
            ModifiedNanoseconds = random.Next(2) == 0 ? 0 : random.Next(1_000_000_000),
            DeviceMajor = isDevice ? (uint)random.Next(4096) : 0,
            DeviceMinor = isDevice ? (uint)random.Next(1_000_000) : 0,
            Attributes = [.. Enumerable.Range(0, random.Next(3)).Select(i => new TarAttribute(Encoding.ASCII.GetBytes($"user.a{i}"), Bytes(random, random.Next(200))))],
        }, body);
    }

    private static byte[] Name(Random random)
    {
        var name = new byte[random.Next(1, random.Next(3) == 0 ? 300 : 90)];
        for (var i = 0; i < name.Length; i++) name[i] = (byte)(random.Next(20) == 0 ? random.Next(128, 256) : 'a' + random.Next(26));
        return name;
    }

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Body(TarReader reader)
    {
        var body = new MemoryStream();
        for (var chunk = reader.NextBody(); chunk.Length > 0; chunk = reader.NextBody()) body.Write(chunk);
        return body.ToArray();
    }

    private static bool Same(TarEntry a, TarEntry b) =>
        (a.Type, a.Mode, a.Uid, a.Gid, a.Size, a.ModifiedSeconds, a.ModifiedNanoseconds, a.DeviceMajor, a.DeviceMinor)
            == (b.Type, b.Mode, b.Uid, b.Gid, b.Size, b.ModifiedSeconds, b.ModifiedNanoseconds, b.DeviceMajor, b.DeviceMinor)
        && a.Name.AsSpan().SequenceEqual(b.Name) && a.LinkName.AsSpan().SequenceEqual(b.LinkName)
        && a.Attributes.Count == b.Attributes.Count
        && a.Attributes.Zip(b.Attributes).All(p => p.First.Name.AsSpan().SequenceEqual(p.Second.Name) && p.First.Value.AsSpan().SequenceEqual(p.Second.Value));

    private sealed class Trickle(Stream source, Random random) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override int Read(byte[] buffer, int offset, int count) => source.Read(buffer, offset, Math.Min(count, random.Next(1, 5000)));
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
