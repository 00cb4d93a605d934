using System.Runtime.InteropServices;
using System.Text;

namespace Troupe.Linux;

/// <summary>Unmanaged memory that lives until it is disposed of: what a system call's arguments point to. Zeroed. Not thread-safe.</summary>
public sealed unsafe class NativeArena : IDisposable
{
    private const int BlockSize = 64 * 1024;
    private readonly List<nint> _blocks = [];
    private byte* _next;
    private nuint _left;

    /// <summary>So many zero bytes, aligned to 16.</summary>
    public byte* Allocate(int length)
    {
        var size = ((nuint)length + 15) & ~(nuint)15;
        if (size > _left)
        {
            var block = Math.Max(size, BlockSize);
            // SAFETY: AllocZeroed never returns null; the block is freed once, in Dispose.
            _next = (byte*)NativeMemory.AllocZeroed(block);
            _blocks.Add((nint)_next);
            _left = block;
        }

        var result = _next;
        _next += size;
        _left -= size;
        return result;
    }

    public byte* Bytes(ReadOnlySpan<byte> content)
    {
        var start = Allocate(content.Length);
        content.CopyTo(new Span<byte>(start, content.Length));
        return start;
    }

    /// <summary>NUL-terminated UTF-8. A text with a NUL inside is refused: the kernel would see another text than the caller.</summary>
    public byte* Text(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal)) throw new ArgumentException("A NUL inside a text for the kernel.", nameof(text));
        var start = Allocate(Encoding.UTF8.GetByteCount(text) + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(start, Encoding.UTF8.GetByteCount(text)));
        return start;
    }

    /// <summary>A NULL-terminated array of texts, as argv.</summary>
    public byte** TextArray(IReadOnlyList<string> texts)
    {
        var start = (byte**)Allocate((texts.Count + 1) * sizeof(byte*));
        for (var i = 0; i < texts.Count; i++) start[i] = Text(texts[i]);
        return start;
    }

    public void Dispose()
    {
        foreach (var block in _blocks) NativeMemory.Free((void*)block);
        _blocks.Clear();
        _left = 0;
    }
}
