using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace Troupe.Protocol.Wire;

/// <summary>
/// Takes the place, the name and the identifier of Akka's default object serializer (Newtonsoft JSON with type names): refuses both
/// directions, so that nothing polymorphic is ever on the wire or in a journal.
/// </summary>
public sealed class RefusingSerializer(ExtendedActorSystem system) : Serializer(system)
{
    /// <summary>The identifier of Akka's own JSON serializer: bytes that claim to be its are refused here.</summary>
    public const int Id = 1;

    /// <summary>Akka passes the settings that its reference configuration has for the name <c>json</c>; they mean nothing here.</summary>
    public RefusingSerializer(ExtendedActorSystem system, Config settings) : this(system) => _ = settings;

    public override int Identifier => Id;

    public override bool IncludeManifest => true;

    public override byte[] ToBinary(object obj)
    {
        ArgumentNullException.ThrowIfNull(obj);
        throw new WireFormatException($"{obj.GetType()} is not a wire type and may not leave the process.");
    }

    public override object FromBinary(byte[] bytes, Type type) =>
        throw new WireFormatException("Bytes of the polymorphic default serializer are refused.");
}
