using System.Runtime.Serialization;

namespace Troupe.Protocol.Wire;

/// <summary>
/// Bytes that are not one of our messages, or an object that may not become bytes. In a replay it ends the recovery of that one
/// entity (quarantine) and of nothing else.
/// </summary>
public sealed class WireFormatException : SerializationException
{
    public WireFormatException(string message) : base(message) { }

    public WireFormatException(string message, Exception inner) : base(message, inner) { }
}
