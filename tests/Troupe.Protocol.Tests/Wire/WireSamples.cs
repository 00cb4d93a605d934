using System.Collections;
using System.Reflection;
using Troupe.Protocol.Wire;
using Troupe.Specs;

namespace Troupe.Protocol.Tests.Wire;

/// <summary>One deterministic, fully set instance of every wire type, made from its constructor: a new slot changes no other slot's value.</summary>
internal static class WireSamples
{
    public static IReadOnlyCollection<Type> Types => WireRegistry.Default.Types;

    public static TheoryData<string> Manifests =>
        [.. Types.Select(t => t.GetCustomAttribute<WireAttribute>()!.Manifest).Order(StringComparer.Ordinal)];

    public static object Make(string manifest) => Make(WireRegistry.Default.Find(manifest).Type);

    public static object Make(Type type)
    {
        var constructor = type.GetConstructors().Where(c => c.GetParameters() is not [{ ParameterType: var t }] || t != type)
            .MaxBy(c => c.GetParameters().Length)!;
        return constructor.Invoke([.. constructor.GetParameters().Select(p => Value(p.ParameterType, p.Name!))]);
    }

    /// <summary>Every nullable slot null and every collection empty.</summary>
    public static object MakeBare(Type type)
    {
        var constructor = type.GetConstructors().Where(c => c.GetParameters() is not [{ ParameterType: var t }] || t != type)
            .MaxBy(c => c.GetParameters().Length)!;
        return constructor.Invoke([.. constructor.GetParameters().Select(Bare)]);
    }

    public static object?[] SlotsOf(object value) => WireRegistry.Default.Find(value.GetType()).Write(value);

    /// <summary>Equal trees; with <paramref name="prefix"/> the second may have more slots at the end of any array.</summary>
    public static bool Same(object? left, object? right, bool prefix = false) => (left, right) switch
    {
        (object?[] a, object?[] b) => (prefix ? a.Length <= b.Length : a.Length == b.Length)
            && a.Zip(b).All(pair => Same(pair.First, pair.Second, prefix)),
        (byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b),
        _ => Equals(left, right),
    };

    private static object? Bare(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (new NullabilityInfoContext().Create(parameter).ReadState == NullabilityState.Nullable) return null;
        if (type.IsArray) return Array.CreateInstance(type.GetElementType()!, 0);
        if (type.IsAssignableTo(typeof(IDictionary)) || type.IsAssignableTo(typeof(IList))) return Activator.CreateInstance(type);
        if (type.IsDefined(typeof(WireAttribute))) return MakeBare(type);
        return type == typeof(string) ? "" : Activator.CreateInstance(type);
    }

    private static object Value(Type type, string name)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var seed = name.Sum(c => c);
        if (type == typeof(string)) return "sample of " + name;
        if (type == typeof(bool)) return true;
        if (type == typeof(int)) return seed;
        if (type == typeof(long)) return long.MinValue + seed;
        if (type == typeof(ulong)) return ulong.MaxValue - (ulong)seed;
        if (type == typeof(double)) return seed / 3.0;
        if (type == typeof(TimeSpan)) return TimeSpan.FromTicks(seed);
        if (type == typeof(DateTimeOffset)) return DateTimeOffset.UnixEpoch.AddSeconds(1_795_000_000 + seed);
        if (type == typeof(Digest)) return Digest.FromHex(Hex(seed));
        if (type == typeof(ContainerId)) return ContainerId.Parse(Hex(seed));
        if (type == typeof(byte[])) return new byte[] { 0, 1, 255 };
        if (type.IsEnum) return Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1)!;
        if (type.IsArray) return ArrayOf(type.GetElementType()!, name);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>)) return MapOf(type, name);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>)) return ListOf(type, name);
        return Make(type);
    }

    private static string Hex(int seed) => string.Concat(Enumerable.Repeat(seed.ToString("x8", null), 8));

    private static Array ArrayOf(Type element, string name)
    {
        var array = Array.CreateInstance(element, 2);
        array.SetValue(Value(element, name), 0);
        array.SetValue(Value(element, name + "2"), 1);
        return array;
    }

    private static IDictionary MapOf(Type type, string name)
    {
        var map = (IDictionary)Activator.CreateInstance(type)!;
        map["a key"] = Value(type.GetGenericArguments()[1], name);
        map[""] = Value(type.GetGenericArguments()[1], name + "2");
        return map;
    }

    private static IList ListOf(Type type, string name)
    {
        var list = (IList)Activator.CreateInstance(type)!;
        list.Add(Value(type.GetGenericArguments()[0], name));
        return list;
    }
}
