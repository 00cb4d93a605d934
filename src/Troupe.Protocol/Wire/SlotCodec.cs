using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using Troupe.Specs;

namespace Troupe.Protocol.Wire;

/// <summary>
/// Turns one slot's value into the few kinds that may be on the wire, and back. One per CLR type, made on first use and kept; no
/// reflection per call.
/// </summary>
internal abstract class SlotCodec
{
    private static readonly ConcurrentDictionary<Type, SlotCodec> Codecs = new();

    /// <summary>What a missing slot without a declared default reads as; null when there is no neutral value.</summary>
    public abstract object? Neutral { get; }

    public abstract object Write(object value);

    public abstract object Read(object slot);

    /// <exception cref="WireFormatException">The type may not be in a slot.</exception>
    public static SlotCodec For(Type type) => Codecs.GetOrAdd(type, Make);

    private static SlotCodec Make(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying) return new NullableCodec(For(underlying));
        if (type.IsEnum) return new EnumCodec(type);
        if (type == typeof(bool)) return Same(false);
        if (type == typeof(int)) return Same(0);
        if (type == typeof(long)) return Same(0L);
        if (type == typeof(ulong)) return Same(0UL);
        if (type == typeof(double)) return Same(0.0);
        if (type == typeof(string)) return Same("");
        if (type == typeof(byte[])) return Same(Array.Empty<byte>());
        if (type == typeof(byte)) return Via<byte, int>(v => v, s => checked((byte)s));
        if (type == typeof(ushort)) return Via<ushort, int>(v => v, s => checked((ushort)s));
        if (type == typeof(uint)) return Via<uint, long>(v => v, s => checked((uint)s));
        if (type == typeof(TimeSpan)) return Via<TimeSpan, long>(v => v.Ticks, s => new TimeSpan(s));
        if (type == typeof(DateTimeOffset)) return Via<DateTimeOffset, long>(v => v.UtcTicks, s => new DateTimeOffset(s, TimeSpan.Zero));
        if (type == typeof(Digest)) return Via<Digest, byte[]>(WriteDigest, ReadDigest);
        if (type == typeof(ContainerId)) return Via<ContainerId, byte[]>(WriteId, ReadId);
        if (type.IsArray && type.GetArrayRank() == 1) return new ArrayCodec(type.GetElementType()!);
        if (IsGeneric(type, typeof(List<>))) return new ListCodec(type);
        if (IsGeneric(type, typeof(Dictionary<,>)) && type.GetGenericArguments()[0] == typeof(string)) return new MapCodec(type);
        if (type.IsDefined(typeof(WireAttribute)) && !type.IsAbstract) return new RecordCodec(type);
        throw new WireFormatException($"{type} may not be in a slot.");
    }

    private static bool IsGeneric(Type type, Type definition) => type.IsGenericType && type.GetGenericTypeDefinition() == definition;

    private static ViaCodec<T, T> Same<T>(T neutral) where T : notnull => new(static v => v, static s => s, neutral);

    private static ViaCodec<TValue, TSlot> Via<TValue, TSlot>(Func<TValue, TSlot> write, Func<TSlot, TValue> read)
        where TValue : struct where TSlot : notnull => new(write, read, default(TValue));

    private static byte[] WriteDigest(Digest digest) => digest.IsSet ? Convert.FromHexString(digest.Hex) : [];

    private static Digest ReadDigest(byte[] slot) => slot.Length == 0 ? default : Digest.FromHash(slot);

    private static byte[] WriteId(ContainerId id) => id.IsSet ? Convert.FromHexString(id.Hex) : [];

    private static ContainerId ReadId(byte[] slot) => slot.Length == 0 ? default : ContainerId.Parse(Convert.ToHexStringLower(slot));

    /// <summary>An element of an array or dictionary: null only where the element's kind has it.</summary>
    protected static object? WriteElement(SlotCodec codec, object? value) => value is null ? null : codec.Write(value);

    protected static object? ReadElement(SlotCodec codec, object? slot) =>
        slot is not null ? codec.Read(slot)
        : codec is NullableCodec ? null
        : throw new WireFormatException("A null element.");

    protected static T Expect<T>(object slot) =>
        slot is T typed ? typed : throw new WireFormatException($"A slot holds {slot.GetType().Name} instead of {typeof(T).Name}.");

    private sealed class ViaCodec<TValue, TSlot>(Func<TValue, TSlot> write, Func<TSlot, TValue> read, TValue neutral) : SlotCodec
        where TValue : notnull where TSlot : notnull
    {
        public override object Neutral { get; } = neutral;

        public override object Write(object value) => write((TValue)value);

        public override object Read(object slot) => read(Expect<TSlot>(slot));
    }

    private sealed class NullableCodec(SlotCodec inner) : SlotCodec
    {
        public override object? Neutral => null;

        public override object Write(object value) => inner.Write(value);

        public override object Read(object slot) => inner.Read(slot);
    }

    private sealed class EnumCodec(Type type) : SlotCodec
    {
        public override object Neutral { get; } = Enum.ToObject(type, 0);

        public override object Write(object value) => Convert.ToInt32(value, provider: null);

        public override object Read(object slot) => Enum.ToObject(type, Expect<int>(slot));
    }

    private sealed class ArrayCodec(Type element) : SlotCodec
    {
        private readonly SlotCodec _element = For(element);

        public override object Neutral => Array.CreateInstance(element, 0);

        public override object Write(object value)
        {
            var source = (Array)value;
            var slots = new object?[source.Length];
            for (var i = 0; i < slots.Length; i++) slots[i] = WriteElement(_element, source.GetValue(i));
            return slots;
        }

        public override object Read(object slot)
        {
            var slots = Expect<object?[]>(slot);
            var values = Array.CreateInstance(element, slots.Length);
            for (var i = 0; i < slots.Length; i++) values.SetValue(ReadElement(_element, slots[i]), i);
            return values;
        }
    }

    private sealed class ListCodec(Type list) : SlotCodec
    {
        private readonly SlotCodec _element = For(list.GetGenericArguments()[0]);
        private readonly ConstructorInvoker _make = ConstructorInvoker.Create(list.GetConstructor(Type.EmptyTypes)!);

        public override object Neutral => _make.Invoke();

        public override object Write(object value)
        {
            var source = (IList)value;
            var slots = new object?[source.Count];
            for (var i = 0; i < slots.Length; i++) slots[i] = WriteElement(_element, source[i]);
            return slots;
        }

        public override object Read(object slot)
        {
            var values = (IList)_make.Invoke();
            foreach (var item in Expect<object?[]>(slot)) values.Add(ReadElement(_element, item));
            return values;
        }
    }

    /// <summary>Key and value in turn, in the dictionary's own order. Comparers are not kept: keys compare by ordinal.</summary>
    private sealed class MapCodec(Type map) : SlotCodec
    {
        private readonly SlotCodec _value = For(map.GetGenericArguments()[1]);
        private readonly ConstructorInvoker _make = ConstructorInvoker.Create(map.GetConstructor(Type.EmptyTypes)!);

        public override object Neutral => _make.Invoke();

        public override object Write(object value)
        {
            var source = (IDictionary)value;
            var slots = new object?[source.Count * 2];
            var at = 0;
            foreach (DictionaryEntry entry in source)
            {
                slots[at++] = entry.Key;
                slots[at++] = WriteElement(_value, entry.Value);
            }

            return slots;
        }

        public override object Read(object slot)
        {
            var slots = Expect<object?[]>(slot);
            if (slots.Length % 2 != 0) throw new WireFormatException("A key without a value.");
            var values = (IDictionary)_make.Invoke();
            for (var i = 0; i < slots.Length; i += 2)
            {
                values[Expect<string>(slots[i] ?? throw new WireFormatException("A null key."))] = ReadElement(_value, slots[i + 1]);
            }

            return values;
        }
    }

    /// <summary>A record inside a record: its slots, without manifest.</summary>
    private sealed class RecordCodec(Type type) : SlotCodec
    {
        // Lazy, so that a record may contain its own type.
        private WireType? _plan;

        public override object? Neutral => null;

        public override object Write(object value) => Plan().Write(value);

        public override object Read(object slot) => Plan().Read(Expect<object?[]>(slot));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private WireType Plan() => _plan ??= WireRegistry.Default.Find(type);
    }
}
