namespace Troupe.Runtime.Shim;

/// <summary>How far one client has got in one output. There is no buffer per client: it reads from the ring.</summary>
internal sealed class AttachCursor(ShimClient client, OutputStream output, long from)
{
    public ShimClient Client { get; } = client;

    public OutputStream Output { get; } = output;

    /// <summary>Offset of the next byte to send.</summary>
    public long Next { get; set; } = from;

    /// <summary>The client was too slow: the container no longer waits for it, until it has caught up.</summary>
    public bool Behind { get; private set; }

    /// <summary>The end of the stream was told.</summary>
    public bool EndSent { get; set; }

    public bool CaughtUp => Next >= Output.Ring.Head;

    public void FallBehind()
    {
        Client.SaveFrameInFlight(this);
        Behind = true;
    }

    public void Taken(int count)
    {
        Next += count;
        if (CaughtUp) Behind = false;
        Output.ResumeIfRoom();
    }
}
