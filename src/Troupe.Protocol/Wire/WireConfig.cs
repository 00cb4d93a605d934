namespace Troupe.Protocol.Wire;

/// <summary>The serializer bindings as HOCON. In code and put over every file, because no configuration may open the gate.</summary>
public static class WireConfig
{
    /// <summary>
    /// <c>json</c> is the name that Akka's reference configuration gives its default object serializer. The bindings of Akka's own
    /// internal messages (remote, cluster, singleton, persistence) are more specific and stay.
    /// </summary>
    public const string Hocon = """
        akka.actor {
          serializers {
            json = "Troupe.Protocol.Wire.RefusingSerializer, Troupe.Protocol"
            troupe-wire = "Troupe.Protocol.Wire.WireSerializer, Troupe.Protocol"
          }
          serialization-bindings {
            "System.Object" = json
            "Troupe.Protocol.IWireMessage, Troupe.Protocol" = troupe-wire
          }
          serialization-identifiers {
            "Troupe.Protocol.Wire.RefusingSerializer, Troupe.Protocol" = 1
            "Troupe.Protocol.Wire.WireSerializer, Troupe.Protocol" = 2401
          }
        }
        """;
}
