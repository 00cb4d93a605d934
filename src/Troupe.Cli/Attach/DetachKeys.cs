namespace Troupe.Cli.Attach;

/// <summary>Ctrl-P Ctrl-Q ends the session and leaves the container running. A Ctrl-P before another key is that key's, and is passed on.</summary>
internal sealed class DetachKeys
{
    private const byte CtrlP = 0x10;
    private const byte CtrlQ = 0x11;
    private bool _isHeld;

    /// <summary>What of the keys goes to the container; a Ctrl-P at the end is held back until the next key.</summary>
    public (byte[] Keys, bool IsDetached) Filter(ReadOnlySpan<byte> keys)
    {
        var passed = new List<byte>(keys.Length + 1);
        foreach (var key in keys)
        {
            if (_isHeld && key == CtrlQ) return ([.. passed], true);
            if (_isHeld) passed.Add(CtrlP);
            _isHeld = key == CtrlP;
            if (!_isHeld) passed.Add(key);
        }

        return ([.. passed], false);
    }
}
