namespace Troupe.Protocol;

/// <summary>Binds a type to the closed wire serializer. Everything that crosses a node or enters a journal carries it.</summary>
public interface IWireMessage;

/// <summary>
/// The string manifest of a wire type: short, unique, never reused. The payload is the record's primary-constructor
/// parameters as slots in order; slots are only ever appended, and a slot that an old writer lacks reads as its
/// parameter's default. A slot is a primitive, string, enum, Digest, ContainerId, DateTimeOffset, TimeSpan, byte[], another
/// [Wire] record, or an array, List or Dictionary (string keys) of these; nullable where the parameter is.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class WireAttribute(string manifest) : Attribute
{
    public string Manifest { get; } = manifest;
}

/// <summary>
/// Who asked for something, and by which message: carried from the edge into every event, read by <c>why</c>.
/// </summary>
/// <param name="MessageId">Id of the causing request, unique per request (32 hex).</param>
/// <param name="Principal">Who asked: <c>uid:0</c> over the unix socket, <c>node</c> for the engine itself.</param>
/// <param name="Action">What was asked, as method and route or as the engine's own reason.</param>
[Wire("cause")]
public sealed record Cause(string MessageId, string Principal, string Action) : IWireMessage
{
    /// <summary>For what the engine does of its own accord (recovery, reconciliation, an exit noticed).</summary>
    public static Cause Engine(string action) => new("engine", "node", action);
}

/// <summary>A command that can't be carried out, with Docker's wording. Nothing was changed.</summary>
[Wire("fail")]
public sealed record CommandFailed(ErrorCode Code, string Message) : IWireMessage;

/// <summary>A command that was carried out and has nothing to tell.</summary>
[Wire("done")]
public sealed record CommandDone : IWireMessage
{
    public static CommandDone Instance { get; } = new();
}
