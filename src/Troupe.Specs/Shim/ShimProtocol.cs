namespace Troupe.Specs.Shim;

/// <summary>
/// Shim protocol, version 1: binary frames over a unix socket. One connection is either a control connection (requests with
/// ids, answered in any order, plus notices) or, after an attach, a stream connection.
/// <code>
///   client                                   shim
///     | 1. Hello(versions min..max)  ------->  |      an unknown version range: Error, then the connection ends
///     | <------  2. HelloReply(version, pid)   |
///     | 3. Create / Start / Kill ... (id) -->  |      an unknown request: Error(ENOSYS) with its id, the connection goes on
///     | <------  Done / State / Error (id)     |
///     | <------  Exited / OutOfMemory (id 0)   |      notices: to every control connection, Exited also to late ones
///
///     | 3'. Attach(exec, streams, offsets) ->  |
///     | <------  Attached(offsets)             |      from here on data only:
///     | <------  Stdout / Stderr(offset, ..)   |
///     | <------  Gap(stream, from, to)         |      bytes that are no longer kept, or that a slow client lost
///     | Stdin(..) / StdinEnd  -------------->  |      no more is read from the client while the process does not read
///     | <------  StreamEnd(stream), Exited     |
/// </code>
/// A frame is a header of 12 bytes and a payload; numbers are little-endian. A receiver ignores what a payload holds beyond the
/// fields it knows, so fields can be appended; new kinds of frame need no new version, changed ones do.
/// </summary>
public static class ShimProtocol
{
    public const ushort Version = 1;

    /// <summary>First field of Hello: "TRPS". Anything else is not this protocol.</summary>
    public const uint Magic = 0x5350_5254;

    /// <summary>u32 payload length, u16 kind, u16 flags (0), u32 request id (0: notice or data).</summary>
    public const int HeaderSize = 12;

    /// <summary>Output or input bytes in one frame: the capacity of a Linux pipe.</summary>
    public const int DataMax = 64 * 1024;

    /// <summary>Data and its fixed fields. A longer frame is a protocol error and ends the connection.</summary>
    public const int PayloadMax = DataMax + 64;

    /// <summary>Bytes of a string: an exec id, an error text. Longer ones are cut by the writer.</summary>
    public const int StringMax = 1024;

    /// <summary>Attach offset: begin with what comes next.</summary>
    public const ulong OffsetNow = ulong.MaxValue;

    public const string SocketName = "shim.sock";
    public const string ConfigName = "shim.json";
    public const string ExitName = "exit.json";

    /// <summary>The process of an exec, in the run directory: <c>exec-ID.json</c>, 0600, deleted by the shim after reading.</summary>
    public static string ExecFileName(string execId) => $"exec-{execId}.json";

    /// <summary>1 to 64 of <c>[A-Za-z0-9_-]</c>: it becomes part of a file name.</summary>
    public static bool IsExecId(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > 64) return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')) return false;
        }
        return true;
    }
}

/// <summary>Kinds of frames. Numbers are never reused: requests below 0x80, answers below 0xC0, then notices and stream data.</summary>
public enum ShimFrameKind : ushort
{
    None = 0,
    Hello = 0x01,
    State = 0x02,
    Create = 0x03,
    Start = 0x04,
    Kill = 0x05,
    Exec = 0x06,
    ExecState = 0x07,
    Resize = 0x08,
    CloseStdin = 0x09,
    Stats = 0x0A,
    Delete = 0x0B,
    Shutdown = 0x0C,
    Attach = 0x0D,

    HelloReply = 0x80,
    Done = 0x81,
    Error = 0x82,
    StateReply = 0x83,
    ExecReply = 0x84,
    StatsReply = 0x85,
    Attached = 0x86,

    Exited = 0xC0,
    OutOfMemory = 0xC1,
    ExecExited = 0xC2,

    Stdin = 0xD0,
    Stdout = 0xD1,
    Stderr = 0xD2,
    StdinEnd = 0xD3,
    StreamEnd = 0xD4,
    Gap = 0xD5,
}
