namespace Troupe.Images;

/// <summary>Bounds of this project, each with its unit and reason.</summary>
public static class Limits
{
    /// <summary>Bytes of a manifest or index: what the distribution-spec says a registry must take.</summary>
    public const int ManifestBytesMax = 4 << 20;

    /// <summary>Bytes of an image configuration: held in memory per image; real ones are below 100 KiB.</summary>
    public const int ConfigBytesMax = 8 << 20;

    /// <summary>Bytes of a token or error answer: read whole.</summary>
    public const int AnswerBytesMax = 1 << 20;

    /// <summary>Layers of one image: overlayfs stacks 500 at most.</summary>
    public const int LayersMax = 500;

    /// <summary>Bytes one layer may unpack to: a gzip bomb reaches 1000:1.</summary>
    public const long LayerBytesMaxDefault = 64L << 30;

    /// <summary>Entries of one layer: each costs an inode.</summary>
    public const int LayerEntriesMax = 5_000_000;

    /// <summary>Bytes of a path in a layer: the kernel's PATH_MAX.</summary>
    public const int PathBytesMax = 4096;

    /// <summary>Symbolic links followed for one path in a layer: the kernel's own bound.</summary>
    public const int LinksFollowedMax = 40;

    /// <summary>Directories held open while a layer is unpacked: the default limit of descriptors is 1024 for the whole process.</summary>
    public const int DirectoriesOpenMax = 32;

    /// <summary>Layers at one time: hides the waiting for a far registry; more gains nothing on few cores (README, Measurements).</summary>
    public const int LayersAtOnceDefault = 4;

    /// <summary>Redirects of one request: as Go's client.</summary>
    public const int RedirectsMax = 10;

    /// <summary>Longest pause between two tries; also the longest Retry-After that is waited for.</summary>
    public static readonly TimeSpan DelayRetryMax = TimeSpan.FromSeconds(15);

    /// <summary>Tries of a manifest request after 5xx: a client is waiting.</summary>
    public const int ManifestAttemptsMax = 3;

    /// <summary>Cached registry tokens: one per repository in use.</summary>
    public const int TokensMax = 1000;

    /// <summary>Pull requests in progress on a node; further ones are refused.</summary>
    public const int PullRequestsMax = 512;

    /// <summary>Requests that wait for the start of the image store.</summary>
    public const int StashMax = 1000;

    /// <summary>Shortest time between two progress messages of one layer.</summary>
    public static readonly TimeSpan DelayProgress = TimeSpan.FromMilliseconds(100);

    /// <summary>The scheduler's answer to one write. A reply that is late was perhaps carried out: the references are then read again.</summary>
    public static readonly TimeSpan TimeoutScheduler = TimeSpan.FromSeconds(10);

    /// <summary>Pause before the references are asked for again.</summary>
    public static readonly TimeSpan DelaySchedulerRetry = TimeSpan.FromSeconds(1);

    /// <summary>Age of a half-downloaded blob that a start still keeps for resuming.</summary>
    public static readonly TimeSpan IngestAgeMax = TimeSpan.FromHours(24);

    /// <summary>Writes of references that wait for the scheduler.</summary>
    public const int ReferenceWritesMax = 1000;
}
