using System.Text;

namespace Troupe.Specs.Archive;

/// <summary>Maps of sparse files: GNU's binary one, pax 0.0 and 0.1 (records) and 1.0 (text in front of the data).</summary>
internal sealed class TarSparse
{
    private readonly List<TarSegment> _segments = [];
    private readonly List<long> _numbers = [];
    private readonly StringBuilder _digits = new();

    /// <summary>Size of the unpacked file; known after <see cref="AddHeader"/>.</summary>
    public long RealSize { get; private set; }

    /// <summary>The first number says how many pairs follow.</summary>
    public bool IsTextComplete => _numbers.Count > 0 && _numbers.Count == 1 + 2 * _numbers[0];

    public static bool IsGnu(TarEntry entry, TarExtensions extensions) =>
        entry.Type == TarEntryType.SparseFile && TarHeader.Type(extensions.Block) == 'S';

    public static bool IsPax(PaxRecords records) =>
        records["GNU.sparse.major"] is not null || records["GNU.sparse.map"] is not null || records.SparseNumbers.Count > 0;

    public static bool IsPax1(TarExtensions extensions) => extensions.Records.Number("GNU.sparse.major") == 1;

    /// <summary>Sparse 0.0 and 0.1; empty for 1.0, whose map is in the body.</summary>
    public static IReadOnlyList<TarSegment> FromRecords(PaxRecords records, long size, long realSize)
    {
        if (records.Number("GNU.sparse.major") == 1) return [];
        var map = new TarSparse();
        if (records["GNU.sparse.map"] is { } text)
        {
            var numbers = new List<long>();
            foreach (var part in Encoding.ASCII.GetString(text).Split(',', 2 * TarLimits.SparseSegmentsMax))
            {
                if (!PaxRecords.TryDecimal(Encoding.ASCII.GetBytes(part), out var number)) throw Malformed();
                numbers.Add(number);
            }

            map.AddPairs(numbers);
        }
        else
        {
            map.AddPairs(records.SparseNumbers);
        }

        return map.Finish(size, realSize);
    }

    /// <summary>The four pairs in a GNU header. True when continuation blocks follow.</summary>
    public bool AddHeader(ReadOnlySpan<byte> block)
    {
        if (!TarHeader.TryNumber(block[483..495], out var realSize) || realSize < 0) throw Malformed();
        RealSize = realSize;
        AddBinary(block[386..482]);
        return block[482] != 0;
    }

    /// <summary>Twenty-one more pairs. True when another block follows.</summary>
    public bool AddContinuation(ReadOnlySpan<byte> block)
    {
        AddBinary(block[..504]);
        return block[504] != 0;
    }

    /// <summary>One block of sparse 1.0's text: decimal numbers, a line each. What follows the last number is padding.</summary>
    public void AddText(ReadOnlySpan<byte> block)
    {
        foreach (var c in block)
        {
            if (IsTextComplete) break;
            if (c != '\n')
            {
                if (_digits.Length > 19) throw Malformed();
                _digits.Append((char)c);
                continue;
            }

            if (!PaxRecords.TryDecimal(Encoding.ASCII.GetBytes(_digits.ToString()), out var number)) throw Malformed();
            if (_numbers.Count == 0 && number > TarLimits.SparseSegmentsMax) throw Malformed();
            _numbers.Add(number);
            _digits.Clear();
        }

        if (IsTextComplete) AddPairs(_numbers[1..]);
    }

    /// <summary>The map, checked: rising, inside the file, and as long in all as the body.</summary>
    public IReadOnlyList<TarSegment> Finish(long bodySize, long realSize)
    {
        long position = 0;
        long total = 0;
        foreach (var segment in _segments)
        {
            if (segment.Offset < position || segment.Length < 0 || segment.Offset > realSize - segment.Length) throw Malformed();
            position = segment.Offset + segment.Length;
            total += segment.Length;
        }

        return total == bodySize ? _segments : throw Malformed();
    }

    private void AddBinary(ReadOnlySpan<byte> pairs)
    {
        for (; pairs.Length >= 24; pairs = pairs[24..])
        {
            if (pairs[0] == 0 || pairs[12] == 0) return;
            if (!TarHeader.TryNumber(pairs[..12], out var offset) || !TarHeader.TryNumber(pairs[12..24], out var length)) throw Malformed();
            Add(offset, length);
        }
    }

    private void AddPairs(IReadOnlyList<long> numbers)
    {
        if (numbers.Count % 2 != 0) throw Malformed();
        for (var i = 0; i < numbers.Count; i += 2) Add(numbers[i], numbers[i + 1]);
    }

    private void Add(long offset, long length)
    {
        if (_segments.Count >= TarLimits.SparseSegmentsMax) throw Malformed();
        _segments.Add(new TarSegment(offset, length));
    }

    private static TarFormatException Malformed() => new("malformed sparse map");
}
