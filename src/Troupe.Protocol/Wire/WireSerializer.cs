using Akka.Actor;
using Akka.Serialization;

namespace Troupe.Protocol.Wire;

/// <summary>Akka's door to <see cref="WireGate"/>. Bound to <see cref="IWireMessage"/> and to nothing else.</summary>
public sealed class WireSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Stands in journals and on the wire: never changed, never reused.</summary>
    public const int Id = 2401;

    public override int Identifier => Id;

    public override string Manifest(object o) => WireGate.ManifestOf(o);

    public override byte[] ToBinary(object obj) => WireGate.Encode(obj);

    public override object FromBinary(byte[] bytes, string manifest) => WireGate.Decode(bytes, manifest);
}
