namespace Troupe.Protocol.Wire;

/// <summary>
/// The only object that Hyperion ever sees: a version and the slots. A slot is null, bool, int, long, ulong, double, string,
/// byte[] or object?[] of these. Its shape is frozen for ever: fields are positional in Hyperion.
/// </summary>
internal sealed class Fields
{
    public const int Version = 1;

    public int V;
    public object?[]? F;
}
