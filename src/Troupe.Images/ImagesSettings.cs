using Troupe.Specs.Image;

namespace Troupe.Images;

/// <summary>Everything that the image side of a node is told from outside.</summary>
public sealed record ImagesSettings
{
    /// <summary>Absolute path of the node's data root; <c>content</c>, <c>layers</c> and <c>snapshots</c> are made below it.</summary>
    public required string DataRoot { get; init; }

    /// <summary>OCI image layout with the built-in images, or null. It need not exist.</summary>
    public string? SeedDirectory { get; init; }

    /// <summary>Registries that may be spoken to without a verified certificate or by plain HTTP: <c>host[:port]</c> or a CIDR. Loopback always may.</summary>
    public IReadOnlyList<string> InsecureRegistries { get; init; } = [];

    /// <summary>Base addresses of mirrors of the Hub, tried in order before it.</summary>
    public IReadOnlyList<Uri> Mirrors { get; init; } = [];

    /// <summary>Where docker.io really is.</summary>
    public Uri HubEndpoint { get; init; } = new("https://registry-1.docker.io");

    public Platform Platform { get; init; } = Platform.Host;

    /// <summary>HOCON key of the dispatcher for blocking calls.</summary>
    public string BlockingDispatcher { get; init; } = "actors.blocking-dispatcher";

    /// <summary>
    /// HOCON key of the dispatcher of the unpack workers, one thread each: they wait for slow networks, so they must not share threads with
    /// the short blocking calls.
    /// </summary>
    public string UnpackDispatcher { get; init; } = "actors.unpack-dispatcher";

    /// <summary>Layers that are downloaded and unpacked at one time, of all pulls. 1..32.</summary>
    public int LayersAtOnce { get; init; } = Limits.LayersAtOnceDefault;

    /// <summary>Bytes that one layer may unpack to.</summary>
    public long LayerBytesMax { get; init; } = Limits.LayerBytesMaxDefault;

    /// <summary>Name look-up, connection and TLS of one request.</summary>
    public TimeSpan TimeoutConnect { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest silence of a registry: before the answer and between two parts of a body.</summary>
    public TimeSpan TimeoutStall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Tries of one blob. 1..20.</summary>
    public int AttemptsMax { get; init; } = 5;

    /// <summary>Pause before the second try; it doubles up to <see cref="Limits.DelayRetryMax"/>.</summary>
    public TimeSpan DelayRetry { get; init; } = TimeSpan.FromSeconds(1);

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
