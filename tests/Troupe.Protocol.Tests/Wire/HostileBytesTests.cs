using System.Buffers.Binary;
using System.Reflection;
using Troupe.Protocol.Cluster;
using Troupe.Protocol.Wire;
using Troupe.Specs;

namespace Troupe.Protocol.Tests.Wire;

public sealed class HostileBytesTests
{
    private const int Rounds = 20_000;
    private static readonly MethodInfo Crc = typeof(WireGate).GetMethod("Crc", BindingFlags.NonPublic | BindingFlags.Static,
        [typeof(string), typeof(ReadOnlySpan<byte>)])!;

    private delegate uint CrcOf(string manifest, ReadOnlySpan<byte> payload);

    [Fact]
    public void Frame_when_any_single_bit_is_flipped_then_is_refused()
    {
        var frame = WireGate.Encode(Cause.Engine("test"));
        for (var bit = 0; bit < frame.Length * 8; bit++)
        {
            var bad = (byte[])frame.Clone();
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<WireFormatException>(() => WireGate.Decode(bad, "cause"));
        }
    }

    [Fact]
    public void Frame_when_cut_off_anywhere_then_is_refused()
    {
        var frame = WireGate.Encode(Cause.Engine("test"));
        for (var length = 0; length < frame.Length; length++)
        {
            Assert.Throws<WireFormatException>(() => WireGate.Decode(frame[..length], "cause"));
        }
    }

    [Fact]
    public void Frame_when_read_under_another_manifest_then_is_refused() =>
        Assert.Throws<WireFormatException>(() => WireGate.Decode(WireGate.Encode(CommandDone.Instance), "cause"));

    [Fact]
    public void Manifest_when_unknown_then_is_refused_and_the_message_holds_nothing_hostile()
    {
        var error = Assert.Throws<WireFormatException>(() => WireGate.Decode([1, 2, 3], "System.Diagnostics.Process\n\u001b[2J" + new string('x', 9999)));

        Assert.DoesNotContain('\n', error.Message);
        Assert.DoesNotContain('\u001b', error.Message);
        Assert.True(error.Message.Length < 100);
    }

    [Fact]
    public void Frame_when_longer_than_the_cap_then_is_refused_unread()
    {
        Assert.Throws<WireFormatException>(() => WireGate.Decode(new byte[Limits.WireSizeBytesMax + 1], "cause"));
        Assert.Throws<WireFormatException>(() => WireGate.Encode(Cause.Engine(new string('x', Limits.WireSizeBytesMax))));
    }

    [Fact]
    public void Snapshot_when_larger_than_a_message_may_be_then_still_passes()
    {
        var records = Enumerable.Range(0, 8000)
            .Select(i => new PlacementRecord(ContainerId.New(), $"name{i}", "node", i, new string('i', 100), DateTimeOffset.UnixEpoch)).ToArray();
        var snapshot = new SchedulerSnapshot(records, [], 8000);

        var frame = WireGate.Encode(snapshot);

        Assert.True(frame.Length > Limits.WireSizeBytesMax);
        Assert.Equal(8000, ((SchedulerSnapshot)WireGate.Decode(frame, "ssnap")).Placements.Length);
    }

    /// <summary>What a node with a good certificate and bad intent could send: the checksum is right, the payload is not.</summary>
    [Fact]
    public void Payload_when_mutated_under_a_right_checksum_then_is_read_or_refused_and_never_allocates_much()
    {
        var crc = Crc.CreateDelegate<CrcOf>();
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var samples = WireSamples.Types.Select(WireSamples.Make).Select(m => (Manifest: WireGate.ManifestOf(m), Frame: WireGate.Encode(m))).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            var (manifest, frame) = samples[random.Next(samples.Length)];
            var bad = Mutate(frame, random);
            BinaryPrimitives.WriteUInt32LittleEndian(bad.AsSpan(1), crc(manifest, bad.AsSpan(5)));
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                WireGate.Decode(bad, manifest);
            }
            catch (WireFormatException)
            {
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {seed}, round {round}, {manifest}: {error}");
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < 4 << 20, $"seed {seed}, round {round}, {manifest}: {allocated} bytes for {bad.Length}");
        }
    }

    [Fact]
    public void Payload_when_it_names_a_type_then_is_refused()
    {
        var frame = WireGate.Encode(Cause.Engine("test"));
        var at = frame.AsSpan().IndexOf("System.Object[]"u8);
        Assert.True(at > 0);
        "System.Version!"u8.CopyTo(frame.AsSpan(at));

        Assert.Throws<WireFormatException>(() => FieldsReader.Validate(frame.AsSpan(5)));
    }

    private static byte[] Mutate(byte[] frame, Random random)
    {
        var bad = (byte[])frame.Clone();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(5, bad.Length);
            switch (random.Next(4))
            {
                case 0: bad[at] = (byte)random.Next(256); break;
                case 1: bad[at] ^= (byte)(1 << random.Next(8)); break;
                case 2 when bad.Length - at >= 4: BinaryPrimitives.WriteInt32LittleEndian(bad.AsSpan(at), random.Next()); break;
                case 3 when at > 6: bad = [.. bad[..at], .. bad[random.Next(5, at)..]]; break;
                default: bad[at] = 0xFF; break;
            }
        }

        return bad;
    }
}
