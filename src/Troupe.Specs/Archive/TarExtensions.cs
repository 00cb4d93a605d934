using System.Text;

namespace Troupe.Specs.Archive;

/// <summary>What precedes an entry (pax headers, GNU long names) and how it changes the entry's header.</summary>
internal sealed class TarExtensions(PaxRecords global)
{
    private readonly PaxRecords _records = new();
    private byte[]? _longName;
    private byte[]? _longLink;

    /// <summary>True once a header was read that must be followed by an entry.</summary>
    public bool IsPending { get; private set; }

    /// <summary>The entry's own header block, for the sparse map in it.</summary>
    public byte[] Block { get; private set; } = [];

    public PaxRecords Records => _records;

    public static bool IsExtension(byte type) => type is (byte)'x' or (byte)'g' or (byte)'L' or (byte)'K' or (byte)'X';

    public void Add(byte type, byte[] body)
    {
        IsPending |= type != 'g';
        switch ((char)type)
        {
            case 'g':
                global.Parse(body);
                break;
            case 'L':
                _longName = TarHeader.Text(body).ToArray();
                break;
            case 'K':
                _longLink = TarHeader.Text(body).ToArray();
                break;
            default:
                _records.Parse(body);
                break;
        }
    }

    /// <summary>The entry: its header block under the extensions.</summary>
    public TarEntry Apply(ReadOnlySpan<byte> header)
    {
        Block = header.ToArray();
        var records = new PaxRecords();
        records.CopyFrom(global);
        records.CopyFrom(_records);
        var name = records.Text("GNU.sparse.name") ?? records.Text("path") ?? _longName ?? HeaderName(header);
        var type = TypeOf(TarHeader.Type(header), name);
        var isPaxSparse = TarSparse.IsPax(_records);
        var size = Size(records, header, type);
        var time = records.Time("mtime") ?? (Number(TarHeader.Modified(header), "mtime"), 0);
        var realSize = isPaxSparse ? records.Number("GNU.sparse.realsize") ?? records.Number("GNU.sparse.size") ?? size : size;
        var extended = TarHeader.IsUstar(header) || TarHeader.IsGnu(header);
        return new TarEntry
        {
            Type = isPaxSparse && type == TarEntryType.File ? TarEntryType.SparseFile : type,
            Name = name,
            LinkName = type is TarEntryType.HardLink or TarEntryType.SymbolicLink
                ? records.Text("linkpath") ?? _longLink ?? TarHeader.LinkName(header).ToArray()
                : [],
            Mode = (uint)Number(TarHeader.Mode(header), "mode") & 0xFFF,
            Uid = Id(records.Number("uid") ?? Number(TarHeader.Uid(header), "uid")),
            Gid = Id(records.Number("gid") ?? Number(TarHeader.Gid(header), "gid")),
            UserName = TextOr(records["uname"], extended ? TarHeader.UserName(header) : ""),
            GroupName = TextOr(records["gname"], extended ? TarHeader.GroupName(header) : ""),
            Size = size,
            RealSize = realSize,
            ModifiedSeconds = time.Item1,
            ModifiedNanoseconds = time.Item2,
            DeviceMajor = IsDevice(type) ? Id(Number(TarHeader.DeviceMajor(header), "devmajor")) : 0,
            DeviceMinor = IsDevice(type) ? Id(Number(TarHeader.DeviceMinor(header), "devminor")) : 0,
            Attributes = records.Attributes,
            Sparse = isPaxSparse ? TarSparse.FromRecords(_records, size, realSize) : [],
        };
    }

    private static long Size(PaxRecords records, ReadOnlySpan<byte> header, TarEntryType type)
    {
        var size = records.Number("size") ?? Number(TarHeader.Size(header), "size");
        if (size < 0) throw new TarFormatException("negative size");
        // Links, devices and directories have no body, whatever their size field says (POSIX pax, ustar "size").
        return type is TarEntryType.File or TarEntryType.SparseFile ? size : 0;
    }

    private static byte[] HeaderName(ReadOnlySpan<byte> header)
    {
        var name = TarHeader.Name(header);
        var prefix = TarHeader.IsUstar(header) ? TarHeader.Prefix(header) : [];
        return prefix.IsEmpty ? name.ToArray() : [.. prefix, (byte)'/', .. name];
    }

    private static TarEntryType TypeOf(byte type, byte[] name)
    {
        var endsWithSlash = name.Length > 0 && name[^1] == '/';
        return (char)type switch
        {
            // Before ustar a directory was a file whose name ends with a slash.
            '0' or '\0' or '7' => endsWithSlash ? TarEntryType.Directory : TarEntryType.File,
            '1' => TarEntryType.HardLink,
            '2' => TarEntryType.SymbolicLink,
            '3' => TarEntryType.CharacterDevice,
            '4' => TarEntryType.BlockDevice,
            '5' => TarEntryType.Directory,
            '6' => TarEntryType.Fifo,
            'S' => TarEntryType.SparseFile,
            _ => throw new TarFormatException($"unknown entry type 0x{type:x2}"),
        };
    }

    private static bool IsDevice(TarEntryType type) => type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice;

    private static long Number(ReadOnlySpan<byte> field, string what) =>
        TarHeader.TryNumber(field, out var value) ? value : throw new TarFormatException("invalid " + what);

    private static uint Id(long value) =>
        value is >= 0 and <= uint.MaxValue ? (uint)value : throw new TarFormatException("number out of range");

    private static string TextOr(byte[]? value, string otherwise) => value is null ? otherwise : Encoding.UTF8.GetString(value);
}
