using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;

namespace Troupe.Protocol.Wire;

/// <summary>The closed set of what may be on the wire: every [Wire] type of one assembly, by type and by manifest.</summary>
internal sealed class WireRegistry
{
    private readonly FrozenDictionary<string, Type> _byManifest;
    private readonly FrozenSet<Type> _types;
    private readonly ConcurrentDictionary<Type, WireType> _plans = new();

    /// <exception cref="WireFormatException">Two types share a manifest.</exception>
    public WireRegistry(IEnumerable<Type> types)
    {
        var byManifest = new Dictionary<string, Type>(StringComparer.Ordinal);
        foreach (var type in types)
        {
            var manifest = type.GetCustomAttribute<WireAttribute>()!.Manifest;
            if (!byManifest.TryAdd(manifest, type))
            {
                throw new WireFormatException($"The manifest {manifest} is both {byManifest[manifest]} and {type}.");
            }
        }

        _byManifest = byManifest.ToFrozenDictionary(StringComparer.Ordinal);
        _types = byManifest.Values.ToFrozenSet();
    }

    public static WireRegistry Default { get; } =
        new(typeof(WireAttribute).Assembly.GetTypes().Where(t => t.IsDefined(typeof(WireAttribute), inherit: false)));

    public IReadOnlyCollection<Type> Types => _types;

    /// <exception cref="WireFormatException">The type is none of ours.</exception>
    public WireType Find(Type type) =>
        _types.Contains(type)
            ? _plans.GetOrAdd(type, static t => new WireType(t))
            : throw new WireFormatException($"{type} is not a wire type.");

    /// <exception cref="WireFormatException">The manifest is none of ours.</exception>
    public WireType Find(string manifest) =>
        _byManifest.TryGetValue(manifest, out var type)
            ? Find(type)
            : throw new WireFormatException($"Unknown manifest \"{Printable(manifest)}\".");

    /// <summary>A manifest may be hostile: what goes into a log is short and harmless.</summary>
    private static string Printable(string manifest) =>
        string.Concat(manifest.Take(40).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '?'));
}
