using System.Reflection;
using Troupe.Protocol.Wire;

namespace Troupe.Protocol.Tests.Wire;

public sealed class RoundTripTests
{
    public static TheoryData<string> Manifests => WireSamples.Manifests;

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Message_when_every_slot_is_set_then_comes_back_equal(string manifest)
    {
        var message = WireSamples.Make(manifest);

        var frame = WireGate.Encode(message);
        var back = WireGate.Decode(frame, WireGate.ManifestOf(message));

        Assert.Equal(message.GetType(), back.GetType());
        Assert.True(WireSamples.Same(WireSamples.SlotsOf(message), WireSamples.SlotsOf(back)));
        Assert.Equal(frame, WireGate.Encode(back));
    }

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Message_when_nullable_slots_are_null_and_collections_empty_then_comes_back_equal(string manifest)
    {
        var message = WireSamples.MakeBare(WireSamples.Make(manifest).GetType());

        var back = WireGate.Decode(WireGate.Encode(message), manifest);

        Assert.True(WireSamples.Same(WireSamples.SlotsOf(message), WireSamples.SlotsOf(back)));
    }

    [Fact]
    public void Wire_types_when_counted_then_every_concrete_wire_message_has_a_manifest()
    {
        var missing = typeof(IWireMessage).Assembly.GetTypes()
            .Where(t => t.IsAssignableTo(typeof(IWireMessage)) && t is { IsAbstract: false, IsInterface: false })
            .Where(t => !t.IsDefined(typeof(WireAttribute)));

        Assert.Empty(missing);
        Assert.True(WireSamples.Types.Count > 30, "the registry found hardly any type");
    }

    [Fact]
    public void Wire_types_when_listed_then_every_one_is_bound_to_the_serializer_and_has_a_short_manifest()
    {
        Assert.All(WireSamples.Types, type =>
        {
            Assert.True(type.IsAssignableTo(typeof(IWireMessage)), $"{type} lacks IWireMessage: Akka would refuse it");
            Assert.InRange(type.GetCustomAttribute<WireAttribute>()!.Manifest.Length, 1, 20);
        });
    }
}
