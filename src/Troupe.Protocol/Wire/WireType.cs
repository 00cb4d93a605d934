using System.Reflection;

namespace Troupe.Protocol.Wire;

/// <summary>
/// How one [Wire] record becomes slots and comes back: a getter and a codec per primary-constructor parameter, and the constructor. All
/// are invokers that the framework compiles after the first calls. Thread-safe.
/// </summary>
internal sealed class WireType
{
    private readonly Slot[] _slots;
    private readonly ConstructorInvoker _constructor;

    public WireType(Type type)
    {
        Type = type;
        Manifest = type.GetCustomAttribute<WireAttribute>()!.Manifest;
        SizeBytesMax = type.IsAssignableTo(typeof(IWireSnapshot)) ? Limits.WireSnapshotSizeBytesMax : Limits.WireSizeBytesMax;
        var constructor = PrimaryConstructor(type);
        _constructor = ConstructorInvoker.Create(constructor);
        _slots = [.. constructor.GetParameters().Select(p => new Slot(type, p))];
    }

    public Type Type { get; }

    public string Manifest { get; }

    public int SizeBytesMax { get; }

    public object?[] Write(object value)
    {
        var slots = new object?[_slots.Length];
        for (var i = 0; i < slots.Length; i++) slots[i] = _slots[i].Write(value);
        return slots;
    }

    /// <summary>Slots beyond those known are a newer writer's and are passed over.</summary>
    public object Read(object?[] slots)
    {
        var arguments = new object?[_slots.Length];
        for (var i = 0; i < arguments.Length; i++) arguments[i] = i < slots.Length ? _slots[i].Read(slots[i]) : _slots[i].Missing();
        return _constructor.Invoke(arguments.AsSpan());
    }

    private static ConstructorInfo PrimaryConstructor(Type type) =>
        type.GetConstructors(BindingFlags.Public | BindingFlags.Instance)
            .Where(c => c.GetParameters() is not [{ ParameterType: var only }] || only != type)
            .MaxBy(c => c.GetParameters().Length)
        ?? throw new WireFormatException($"{type} has no public constructor.");

    private sealed class Slot
    {
        private readonly string _name;
        private readonly ParameterInfo _parameter;
        private readonly MethodInvoker _get;
        private readonly SlotCodec _codec;
        private readonly bool _nullable;

        public Slot(Type owner, ParameterInfo parameter)
        {
            _parameter = parameter;
            _name = $"{owner.Name}.{parameter.Name}";
            var property = owner.GetProperty(parameter.Name!) ?? throw new WireFormatException($"{_name} has no property.");
            _get = MethodInvoker.Create(property.GetMethod!);
            _codec = SlotCodec.For(parameter.ParameterType);
            _nullable = new NullabilityInfoContext().Create(parameter).ReadState == NullabilityState.Nullable;
        }

        public object? Write(object owner)
        {
            var value = _get.Invoke(owner);
            if (value is null) return _nullable ? null : throw new WireFormatException($"{_name} is null.");
            return _codec.Write(value);
        }

        public object? Read(object? slot)
        {
            if (slot is null) return _nullable ? null : throw new WireFormatException($"{_name} is null.");
            return _codec.Read(slot);
        }

        public object? Missing()
        {
            if (_parameter.HasDefaultValue && _parameter.DefaultValue is { } value) return Default(value);
            if (_nullable) return null;
            return _codec.Neutral ?? throw new WireFormatException($"{_name} is missing.");
        }

        /// <summary>Reflection shows an enum's default as its number.</summary>
        private object Default(object value) =>
            _parameter.ParameterType is { IsEnum: true } type ? Enum.ToObject(type, value) : value;
    }
}
