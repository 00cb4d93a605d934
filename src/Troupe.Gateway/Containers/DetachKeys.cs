using Troupe.Gateway.Http;

namespace Troupe.Gateway.Containers;

/// <summary>
/// The keys that end an attach and leave the container running, looked for in a terminal's input (ctrl-p ctrl-q unless the
/// client says otherwise). Keys that may be the beginning of the sequence are held back until the next one decides.
/// </summary>
internal sealed class DetachKeys(byte[] sequence)
{
    private static readonly byte[] Default = [0x10, 0x11];
    private int _matched;

    /// <exception cref="ApiException">Not a list of single characters and <c>ctrl-x</c>.</exception>
    public static DetachKeys Parse(string text) => new(text.Length == 0 ? Default : [.. text.Split(',').Select(key => Key(key, text))]);

    /// <summary>
    /// Splits input into what goes to the process, which is written to <paramref name="passed"/>; true when the sequence is complete: what
    /// follows it is dropped.
    /// </summary>
    public bool Take(ReadOnlySpan<byte> input, List<byte> passed)
    {
        foreach (var key in input)
        {
            if (key == sequence[_matched])
            {
                if (++_matched == sequence.Length) return true;
                continue;
            }

            // The held keys were none of it; this one may begin it anew.
            passed.AddRange(sequence.AsSpan(0, _matched));
            _matched = key == sequence[0] ? 1 : 0;
            if (_matched == 0) passed.Add(key);
            else if (_matched == sequence.Length) return true;
        }

        return false;
    }

    private static byte Key(string key, string all)
    {
        const string Control = "ctrl-";
        if (key.Length == 1 && key[0] <= 0x7f) return (byte)key[0];
        if (key.Length == Control.Length + 1 && key.StartsWith(Control, StringComparison.OrdinalIgnoreCase))
        {
            var letter = char.ToLowerInvariant(key[^1]);
            if (letter is >= 'a' and <= 'z') return (byte)(letter - 'a' + 1);
            if ("@[\\]^_".Contains(letter, StringComparison.Ordinal)) return (byte)(letter - '@');
        }

        throw ApiException.Invalid($"Invalid detach keys ({all}) provided");
    }
}
