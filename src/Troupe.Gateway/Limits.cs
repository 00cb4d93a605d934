namespace Troupe.Gateway;

/// <summary>Bounds of the REST edge. Sizes in bytes.</summary>
internal static class Limits
{
    /// <summary>Largest JSON body. Half of the wire's largest message, so that a create request always fits into one.</summary>
    public const int BodySizeBytesMax = 512 * 1024;

    /// <summary>
    /// Of a body that is too large so much is read and thrown away, so that its sender reads the refusal instead of a broken connection; a larger
    /// one is cut off.
    /// </summary>
    public const int BodyDrainedBytesMax = 16 * 1024 * 1024;

    /// <summary>Request line and headers; X-Registry-Auth with a long token fits.</summary>
    public const int HeadSizeBytesMax = 64 * 1024;

    /// <summary>Connections at once. Each costs a descriptor and two pipes; the process has 1024 descriptors at least, often many more.</summary>
    public const int ConnectionsMax = 4096;

    /// <summary>Length of a filters parameter after decoding; far over anything a client writes.</summary>
    public const int FiltersSizeMax = 64 * 1024;

    /// <summary>Output of a container that goes into one frame and one flush.</summary>
    public const int FrameSizeBytesMax = 64 * 1024;

    /// <summary>Credentials in X-Registry-Auth after decoding.</summary>
    public const int RegistryAuthSizeMax = 32 * 1024;

    /// <summary>A client must have sent its request's head by then.</summary>
    public static readonly TimeSpan RequestHead = TimeSpan.FromSeconds(30);

    /// <summary>A body of at most <see cref="BodySizeBytesMax"/> must have arrived by then.</summary>
    public static readonly TimeSpan RequestBody = TimeSpan.FromSeconds(60);

    /// <summary>An idle connection is kept for the next request. Longer than the pauses of compose and SDK pools.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromMinutes(5);

    /// <summary>
    /// After a client's FIN a request goes on for so long before it counts as abandoned: the time in which an attach that was sent together with its
    /// input takes the connection over.
    /// </summary>
    public static readonly TimeSpan HalfCloseGrace = TimeSpan.FromMilliseconds(500);

    /// <summary>A wait whose actor or actor system ended is asked for again after this.</summary>
    public static readonly TimeSpan DelayWaitAgain = TimeSpan.FromMilliseconds(200);

    /// <summary>So often in a row, two minutes: longer than a node needs to build its actor system again.</summary>
    public const int WaitsAgainMax = 600;

    /// <summary>How often a half-closed attach connection is asked whether its client still exists.</summary>
    public static readonly TimeSpan VanishedProbe = TimeSpan.FromSeconds(1);

    /// <summary>After the end of a container's output its bytes must have left by then; a client that does not read loses the rest.</summary>
    public static readonly TimeSpan HijackDrain = TimeSpan.FromSeconds(30);

    /// <summary>Requests still running when the node stops get so long.</summary>
    public static readonly TimeSpan Shutdown = TimeSpan.FromSeconds(3);

    /// <summary>Queries: lists, names, networks.</summary>
    public static readonly TimeSpan AskQuery = TimeSpan.FromSeconds(10);

    /// <summary>Commands that touch a journal and perhaps a disk: create, remove, kill, resize.</summary>
    public static readonly TimeSpan AskCommand = TimeSpan.FromSeconds(60);

    /// <summary>A start: snapshot, network, shim. Docker's own has no bound; two minutes is far over the slowest disk seen.</summary>
    public static readonly TimeSpan AskStart = TimeSpan.FromSeconds(120);

    /// <summary>On top of a stop's own timeout: for the kill and the release of what the container had.</summary>
    public static readonly TimeSpan AskStopExtra = TimeSpan.FromSeconds(60);
}
