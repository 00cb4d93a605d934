using System.Text;

namespace Troupe.Cli.Output;

/// <summary>
/// Docker's tables: a heading in capitals, columns aligned with three blanks between them, nothing cut off. Scripts read them, so
/// the width of the terminal does not matter.
/// </summary>
internal static class Columns
{
    private const int Gap = 3;

    public static string Format(string[] headings, IReadOnlyList<string[]> rows)
    {
        var widths = headings.Select((h, i) => rows.Select(r => r[i].Length).Append(h.Length).Max()).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows.Prepend(headings))
        {
            for (var i = 0; i < row.Length; i++) text.Append(i == row.Length - 1 ? row[i] : row[i].PadRight(widths[i] + Gap));
            text.Append('\n');
        }

        return text.ToString();
    }
}
