using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Security;

/// <summary>
/// One compiled filter on disk. The file is named by a hash of the profile and holds the whole profile as its key, which is compared
/// byte by byte: a collision is a miss, never another container's filter. (A cryptographic hash would load OpenSSL, some 10 ms.)
/// Layout: magic, length of the key, length of the filter, hash of the filter, key, filter.
/// </summary>
internal sealed class SeccompCache
{
    /// <summary>Raised when the same profile compiles to something else.</summary>
    private const ulong Magic = 0x3130_4650_4243_5254; // "TRCBPF01"

    private const int HeaderSize = 24;
    private const UnixFileMode PrivateDirectory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly byte[] _key;
    private readonly string _directory;
    private readonly string _path;

    private SeccompCache(byte[] key, string directory)
    {
        _key = key;
        _directory = directory;
        _path = Path.Join(directory, Hash(key).ToString("x16", CultureInfo.InvariantCulture) + ".bpf");
    }

    public static SeccompCache For(OciSeccomp profile, string directory) => new(Key(profile), directory);

    /// <summary>The filter, or null: not there, cut off, or of another profile.</summary>
    public byte[]? TryRead()
    {
        byte[] content;
        try
        {
            content = File.ReadAllBytes(_path);
        }
        catch (IOException)
        {
            return null;
        }

        if (content.Length < HeaderSize || BinaryPrimitives.ReadUInt64LittleEndian(content) != Magic) return null;
        var keyLength = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(8));
        var filterLength = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(12));
        if (keyLength != _key.Length || filterLength <= 0 || content.Length != (long)HeaderSize + keyLength + filterLength) return null;
        if (!content.AsSpan(HeaderSize, keyLength).SequenceEqual(_key)) return null;
        var filter = content[(HeaderSize + keyLength)..];
        return BinaryPrimitives.ReadUInt64LittleEndian(content.AsSpan(16)) == Hash(filter) ? filter : null;
    }

    /// <summary>Keeps a filter. That it can't be kept is no reason to fail: the next container compiles again.</summary>
    public void Write(byte[] filter)
    {
        var content = new byte[HeaderSize + _key.Length + filter.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(content, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(8), _key.Length);
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(12), filter.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(content.AsSpan(16), Hash(filter));
        _key.CopyTo(content, HeaderSize);
        filter.CopyTo(content, HeaderSize + _key.Length);
        var temporary = string.Create(CultureInfo.InvariantCulture, $"{_path}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}");
        try
        {
            Directory.CreateDirectory(_directory, PrivateDirectory);
            File.WriteAllBytes(temporary, content);
            File.Move(temporary, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(temporary)) File.Delete(temporary);
        }
    }

    /// <summary>All that the filter depends on, every text and list with its length before it.</summary>
    private static byte[] Key(OciSeccomp profile)
    {
        using var stream = new MemoryStream(16 * 1024);
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write((int)RuntimeInformation.ProcessArchitecture);
        writer.Write(profile.DefaultAction);
        writer.Write(profile.DefaultErrnoRet ?? uint.MaxValue);
        WriteTexts(writer, profile.Architectures ?? []);
        writer.Write(profile.Syscalls?.Length ?? 0);
        foreach (var rule in profile.Syscalls ?? [])
        {
            WriteTexts(writer, rule.Names);
            writer.Write(rule.Action);
            writer.Write(rule.ErrnoRet ?? uint.MaxValue);
            writer.Write(rule.Args?.Length ?? 0);
            foreach (var argument in rule.Args ?? [])
            {
                writer.Write(argument.Index);
                writer.Write(argument.Value);
                writer.Write(argument.ValueTwo);
                writer.Write(argument.Op);
            }
        }

        writer.Flush();
        return stream.ToArray();
    }

    private static void WriteTexts(BinaryWriter writer, string[] texts)
    {
        writer.Write(texts.Length);
        foreach (var text in texts) writer.Write(text);
    }

    /// <summary>FNV-1a, 64 bits.</summary>
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 0xcbf29ce484222325UL;
        foreach (var b in bytes) hash = unchecked((hash ^ b) * 0x100000001b3UL);
        return hash;
    }
}
