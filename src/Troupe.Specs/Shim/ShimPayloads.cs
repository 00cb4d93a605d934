namespace Troupe.Specs.Shim;

// The payloads of protocol v1. Each writes its fields in order and reads them in the same order; TryRead is false when a field
// is missing. Appending a field: write it last, read it last, and give it a meaning for peers that do not send it.

public readonly record struct ShimHello(ushort VersionMin, ushort VersionMax)
{
    public void Write(ref ShimFieldWriter writer)
    {
        writer.U32(ShimProtocol.Magic);
        writer.U16(VersionMin);
        writer.U16(VersionMax);
    }

    public static bool TryRead(ShimFieldReader reader, out ShimHello value)
    {
        var magic = reader.U32();
        value = new ShimHello(reader.U16(), reader.U16());
        return reader.Valid && magic == ShimProtocol.Magic;
    }

    /// <summary>The highest version both speak, or 0.</summary>
    public ushort Agree() =>
        VersionMin <= ShimProtocol.Version && VersionMax >= VersionMin && VersionMax > 0
            ? Math.Min(VersionMax, ShimProtocol.Version)
            : (ushort)0;
}

public readonly record struct ShimHelloReply(ushort Version, int ShimPid)
{
    public void Write(ref ShimFieldWriter writer)
    {
        writer.U16(Version);
        writer.I32(ShimPid);
    }

    public static bool TryRead(ShimFieldReader reader, out ShimHelloReply value)
    {
        value = new ShimHelloReply(reader.U16(), reader.I32());
        return reader.Valid;
    }
}

/// <summary>
/// Errno 0: the shim's own reason; the text says it. ExitCode: what Docker makes of a create, start or exec that failed so (126, 127, 128); 0
/// for other requests.
/// </summary>
public readonly record struct ShimError(int Errno, string Message, int ExitCode)
{
    public void Write(ref ShimFieldWriter writer)
    {
        writer.I32(Errno);
        writer.Text(Message);
        writer.I32(ExitCode);
    }

    public static bool TryRead(ShimFieldReader reader, out ShimError value)
    {
        value = new ShimError(reader.I32(), reader.Text(), reader.I32());
        return reader.Valid;
    }
}

/// <summary>The exit of a process: of the container's first (empty exec id) or of an exec.</summary>
public readonly record struct ShimExit(
    string ExecId, int Pid, int ExitCode, int Signal, bool OomKilled, long ExitedAtUnixNs, long StdoutBytes, long StderrBytes)
{
    public void Write(ref ShimFieldWriter writer)
    {
        writer.Text(ExecId);
        writer.I32(Pid);
        writer.I32(ExitCode);
        writer.I32(Signal);
        writer.Flag(OomKilled);
        writer.I64(ExitedAtUnixNs);
        writer.I64(StdoutBytes);
        writer.I64(StderrBytes);
    }

    public static bool TryRead(ref ShimFieldReader reader, out ShimExit value)
    {
        value = new ShimExit(
            reader.Text(), reader.I32(), reader.I32(), reader.I32(), reader.Flag(), reader.I64(), reader.I64(), reader.I64());
        return reader.Valid;
    }
}

/// <summary>Status numbers: 0 empty, 1 created, 2 running, 3 exited (then the exit follows).</summary>
public readonly record struct ShimTaskState(
    byte Status, int Pid, ulong PidStartTime, long StdoutBytes, long StderrBytes, ShimExit? Exit)
{
    public void Write(ref ShimFieldWriter writer)
    {
        writer.U8(Status);
        writer.I32(Pid);
        writer.U64(PidStartTime);
        writer.I64(StdoutBytes);
        writer.I64(StderrBytes);
        writer.Flag(Exit is not null);
        Exit?.Write(ref writer);
    }

    public static bool TryRead(ShimFieldReader reader, out ShimTaskState value)
    {
        var head = new ShimTaskState(reader.U8(), reader.I32(), reader.U64(), reader.I64(), reader.I64(), null);
        value = head;
        if (!reader.Flag()) return reader.Valid;
        var valid = ShimExit.TryRead(ref reader, out var exit);
        value = head with { Exit = exit };
        return valid;
    }
}

/// <summary>An empty exec id means the container's first process. <paramref name="All"/>: every process of the container.</summary>
public readonly record struct ShimKill(string ExecId, int Signal, bool All)
{
    public void Write(ref ShimFieldWriter writer)
    {
        writer.Text(ExecId);
        writer.I32(Signal);
        writer.Flag(All);
    }

    public static bool TryRead(ShimFieldReader reader, out ShimKill value)
    {
        value = new ShimKill(reader.Text(), reader.I32(), reader.Flag());
        return reader.Valid;
    }
}

/// <summary>The process itself lies in the run directory (<see cref="ShimProtocol.ExecFileName"/>): it may be larger than a frame.</summary>
public readonly record struct ShimExecRequest(string ExecId, bool Terminal, bool StdinOpen, bool HoldOutput)
{
    public void Write(ref ShimFieldWriter writer)
    {
        writer.Text(ExecId);
        writer.Flag(Terminal);
        writer.Flag(StdinOpen);
        writer.Flag(HoldOutput);
    }

    public static bool TryRead(ShimFieldReader reader, out ShimExecRequest value)
    {
        value = new ShimExecRequest(reader.Text(), reader.Flag(), reader.Flag(), reader.Flag());
        return reader.Valid;
    }
}

public readonly record struct ShimExecReply(int Pid, ulong PidStartTime, bool Running, int ExitCode)
{
    public void Write(ref ShimFieldWriter writer)
    {
        writer.I32(Pid);
        writer.U64(PidStartTime);
        writer.Flag(Running);
        writer.I32(ExitCode);
    }

    public static bool TryRead(ShimFieldReader reader, out ShimExecReply value)
    {
        value = new ShimExecReply(reader.I32(), reader.U64(), reader.Flag(), reader.I32());
        return reader.Valid;
    }
}

/// <summary>Character cells, 1 to 65535.</summary>
public readonly record struct ShimResize(string ExecId, ushort Rows, ushort Columns)
{
    public void Write(ref ShimFieldWriter writer)
    {
        writer.Text(ExecId);
        writer.U16(Rows);
        writer.U16(Columns);
    }

    public static bool TryRead(ShimFieldReader reader, out ShimResize value)
    {
        value = new ShimResize(reader.Text(), reader.U16(), reader.U16());
        return reader.Valid;
    }
}

/// <summary>For CloseStdin and ExecState.</summary>
public readonly record struct ShimExecName(string ExecId)
{
    public void Write(ref ShimFieldWriter writer) => writer.Text(ExecId);

    public static bool TryRead(ShimFieldReader reader, out ShimExecName value)
    {
        value = new ShimExecName(reader.Text());
        return reader.Valid;
    }
}

[Flags]
public enum ShimStreams : byte
{
    None = 0,
    Stdin = 1,
    Stdout = 2,
    Stderr = 4,
}

/// <summary>
/// Offsets: from where each output is wanted; <see cref="ShimProtocol.OffsetNow"/> for what comes next, 0 for all that is kept.
/// </summary>
public readonly record struct ShimAttach(string ExecId, ShimStreams Streams, ulong StdoutFrom, ulong StderrFrom)
{
    public void Write(ref ShimFieldWriter writer)
    {
        writer.Text(ExecId);
        writer.U8((byte)Streams);
        writer.U64(StdoutFrom);
        writer.U64(StderrFrom);
    }

    public static bool TryRead(ShimFieldReader reader, out ShimAttach value)
    {
        value = new ShimAttach(reader.Text(), (ShimStreams)reader.U8(), reader.U64(), reader.U64());
        return reader.Valid;
    }
}

/// <summary>The offsets at which the streams begin for this client.</summary>
public readonly record struct ShimAttached(ulong StdoutFrom, ulong StderrFrom)
{
    public void Write(ref ShimFieldWriter writer)
    {
        writer.U64(StdoutFrom);
        writer.U64(StderrFrom);
    }

    public static bool TryRead(ShimFieldReader reader, out ShimAttached value)
    {
        value = new ShimAttached(reader.U64(), reader.U64());
        return reader.Valid;
    }
}

/// <summary>Bytes [From, To) of a stream will not come.</summary>
public readonly record struct ShimGap(byte Stream, ulong From, ulong To)
{
    public void Write(ref ShimFieldWriter writer)
    {
        writer.U8(Stream);
        writer.U64(From);
        writer.U64(To);
    }

    public static bool TryRead(ShimFieldReader reader, out ShimGap value)
    {
        value = new ShimGap(reader.U8(), reader.U64(), reader.U64());
        return reader.Valid && value.From <= value.To;
    }
}
