using Troupe.Protocol.Wire;
using Troupe.Specs;

namespace Troupe.Protocol.Tests.Wire;

/// <summary>Old writers and new readers, and the other way round, by two registries that know the same manifest.</summary>
public sealed class EvolutionTests
{
    private static readonly WireRegistry Old = new([typeof(OldShape)]);
    private static readonly WireRegistry New = new([typeof(NewShape), typeof(Part)]);

    [Fact]
    public void Slot_when_an_old_writer_lacks_it_then_reads_as_its_parameters_default()
    {
        var read = (NewShape)WireGate.Decode(WireGate.Encode(new OldShape("n"), Old), "shape", New);

        Assert.Equal("n", read.Name);
        Assert.Equal(7, read.Count);
        Assert.Equal(Colour.Green, read.Colour);
        Assert.Null(read.Note);
        Assert.Empty(read.Words);
        Assert.Equal("", read.Text);
        Assert.Equal(default, read.Digest);
        Assert.Null(read.MaybePart);
    }

    [Fact]
    public void Slot_when_a_new_writer_has_more_then_the_old_reader_passes_over_it()
    {
        var message = new NewShape("n", 9, Colour.Red, "note", ["w"], "t", default, null);

        var read = (OldShape)WireGate.Decode(WireGate.Encode(message, New), "shape", Old);

        Assert.Equal("n", read.Name);
    }

    [Fact]
    public void Slot_when_null_where_none_may_be_then_is_refused_when_writing()
    {
        Assert.Throws<WireFormatException>(() => WireGate.Encode(new OldShape(null!), Old));
    }

    [Fact]
    public void Registry_when_two_types_share_a_manifest_then_says_so()
    {
        var error = Assert.Throws<WireFormatException>(() => new WireRegistry([typeof(OldShape), typeof(NewShape)]));

        Assert.Contains("shape", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Codec_when_a_slot_may_not_be_on_the_wire_then_is_refused()
    {
        Assert.Throws<WireFormatException>(() => SlotCodec.For(typeof(object)));
        Assert.Throws<WireFormatException>(() => SlotCodec.For(typeof(IReadOnlyList<string>)));
        Assert.Throws<WireFormatException>(() => SlotCodec.For(typeof(Dictionary<int, string>)));
        Assert.Throws<WireFormatException>(() => SlotCodec.For(typeof(Uri)));
    }

    internal enum Colour
    {
        Red = 0,
        Green = 1,
    }

    [Wire("shape")]
    public sealed record OldShape(string Name);

    [Wire("part")]
    public sealed record Part(int X);

    [Wire("shape")]
    internal sealed record NewShape(
        string Name, int Count = 7, Colour Colour = Colour.Green, string? Note = null, string[] Words = null!, string Text = null!,
        Digest Digest = default, Part? MaybePart = null);
}
