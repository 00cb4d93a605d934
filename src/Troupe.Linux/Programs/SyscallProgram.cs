using System.Runtime.InteropServices;

namespace Troupe.Linux.Programs;

/// <summary>An operation's result, known only in the child: usable as an argument of later operations.</summary>
public readonly record struct Slot(int Index);

/// <summary>A system call's argument: a number, an address in the program's arena, or a slot.</summary>
public readonly record struct Argument(ulong Value, bool IsSlot)
{
    public static implicit operator Argument(int value) => new(unchecked((ulong)value), false);
    public static implicit operator Argument(uint value) => new(value, false);
    public static implicit operator Argument(long value) => new(unchecked((ulong)value), false);
    public static implicit operator Argument(ulong value) => new(value, false);
    public static implicit operator Argument(nint value) => new(unchecked((ulong)value), false);
    public static implicit operator Argument(Slot slot) => new((ulong)slot.Index, true);
    public static unsafe implicit operator Argument(void* address) => new((ulong)address, false);

    public static Argument FromInt32(int value) => value;
}

/// <summary>One operation as it was added: for tests and for error texts.</summary>
public sealed record SyscallOperation(string Purpose, string Name, long Number, Argument[] Arguments, Errno[] Tolerated, long? Expected, int? Result);

/// <summary>
/// A flat list of system calls that a child makes between clone and exec (docs/adr/0003). Built in C#, run by native/child.c.
/// The arena holds everything that arguments point to and must outlive the child's list, that is until exec was reported.
/// </summary>
public sealed unsafe class SyscallProgram : IDisposable
{
    /// <summary>Bound of a list: a default container has about 300 operations; each mount adds some ten.</summary>
    public const int OperationsMax = 16384;

    private const int Compare = -1;
    private const uint FlagExpect = 1;
    private const uint FlagKeep = 2;
    private readonly List<SyscallOperation> _operations = [];
    private readonly List<NativeOperation> _native = [];
    private int _slots;

    public NativeArena Arena { get; } = new();

    public IReadOnlyList<SyscallOperation> Operations => _operations;

    /// <summary>A place that no operation has written yet; holds -1 at the start.</summary>
    public Slot NewSlot() => new(_slots++);

    /// <summary>Adds a call whose failure ends the child. Returns the slot of its result.</summary>
    public Slot Call(string purpose, int number, params ReadOnlySpan<Argument> arguments) =>
        Add(purpose, number, arguments, NewSlot(), [], null, keep: false, null);

    /// <summary>Adds a call that may fail with the named errnos (four at most); its slot is then negative.</summary>
    public Slot Try(string purpose, int number, ReadOnlySpan<Errno> tolerated, params ReadOnlySpan<Argument> arguments) =>
        Add(purpose, number, arguments, NewSlot(), tolerated, null, keep: false, null);

    /// <summary>As <see cref="Try"/>, but writes into a slot that exists already, and only when it succeeds.</summary>
    public void TryInto(Slot slot, string purpose, int number, ReadOnlySpan<Errno> tolerated, params ReadOnlySpan<Argument> arguments) =>
        Add(purpose, number, arguments, slot, tolerated, null, keep: true, null);

    /// <summary>Adds a call that must return exactly so much (reads and writes of a rendezvous).</summary>
    public void Expect(string purpose, int number, long expected, params ReadOnlySpan<Argument> arguments) =>
        Add(purpose, number, arguments, NewSlot(), [], expected, keep: false, null);

    /// <summary>Adds a call whose result is also written to memory as 32 bits (a descriptor inside a control message).</summary>
    public Slot CallStoring(string purpose, Argument store, int number, params ReadOnlySpan<Argument> arguments) =>
        Add(purpose, number, arguments, NewSlot(), [], null, keep: false, (int*)store.Value);

    /// <summary>Fails the child unless (memory AND mask) equals what is expected: the check after an open.</summary>
    public void Require(string purpose, Argument memory, int offset, ReadOnlySpan<byte> mask, ReadOnlySpan<byte> expected)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(mask.Length, expected.Length);
        Add(purpose, Compare, [memory.Value + (ulong)offset, Bytes(mask), Bytes(expected), mask.Length], NewSlot(), [], null, keep: false, null);
    }

    /// <summary>NUL-terminated text in the arena.</summary>
    public Argument Text(string text) => (void*)Arena.Text(text);

    public Argument TextArray(IReadOnlyList<string> texts) => (void*)Arena.TextArray(texts);

    public Argument Bytes(ReadOnlySpan<byte> bytes) => (void*)Arena.Bytes(bytes);

    /// <summary>So many zero bytes, for the kernel to write to or to read as an empty struct.</summary>
    public Argument Memory(int length) => (void*)Arena.Allocate(length);

    /// <summary>struct sock_fprog of a BPF filter: its length in instructions of 8 bytes, and where it is.</summary>
    public Argument FilterProgram(ReadOnlySpan<byte> filter)
    {
        var fprog = Arena.Allocate(16);
        *(ushort*)fprog = checked((ushort)(filter.Length / 8));
        *(byte**)(fprog + 8) = Arena.Bytes(filter);
        return (void*)fprog;
    }

    /// <summary>A message that carries one descriptor; its number is to be stored at <paramref name="place"/> (see <see cref="CallStoring"/>).</summary>
    public Argument DescriptorMessage(out Argument place)
    {
        var message = DescriptorPassing.NewMessage(Arena, out var number);
        place = (void*)number;
        return (void*)message;
    }

    private Slot Add(
        string purpose, int number, ReadOnlySpan<Argument> arguments, Slot result, ReadOnlySpan<Errno> tolerated, long? expected, bool keep, int* store)
    {
        if (_native.Count == OperationsMax) throw new InvalidOperationException("The list of operations is full.");
        var native = new NativeOperation
        {
            Number = number, Result = result.Index, Store = store, Expect = expected ?? 0,
            Flags = (expected is null ? 0 : FlagExpect) | (keep ? FlagKeep : 0),
        };
        for (var i = 0; i < arguments.Length; i++)
        {
            native.Arguments[i] = arguments[i].Value;
            if (arguments[i].IsSlot) native.Slots |= 1u << i;
        }

        for (var i = 0; i < tolerated.Length; i++) native.Tolerate[i] = tolerated[i].Value;
        _native.Add(native);
        _operations.Add(new SyscallOperation(purpose, "", number, arguments.ToArray(), tolerated.ToArray(), expected, result.Index));
        return result;
    }

    /// <summary>The list in native memory, and its slots (all -1). They live as long as the arena.</summary>
    internal NativeOperation* Freeze(out long* slots)
    {
        var operations = (NativeOperation*)Arena.Allocate(_native.Count * sizeof(NativeOperation));
        CollectionsMarshal.AsSpan(_native).CopyTo(new Span<NativeOperation>(operations, _native.Count));
        slots = (long*)Arena.Allocate((_slots + 1) * sizeof(long));
        new Span<long>(slots, _slots).Fill(-1);
        return operations;
    }

    public void Dispose() => Arena.Dispose();

    /// <summary>struct troupe_op of child.c.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct NativeOperation
    {
        public long Number;
        public fixed ulong Arguments[6];
        public long Expect;
        public int* Store;
        public int Result;
        public uint Slots;
        public fixed int Tolerate[4];
        public uint Flags;
        public uint Reserved;
    }
}
