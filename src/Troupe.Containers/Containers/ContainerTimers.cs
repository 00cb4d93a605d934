namespace Troupe.Containers.Containers;

// What a ContainerActor tells itself when a wait is over.

internal sealed record ImageOverdue
{
    public const string Key = "image";
}

internal sealed record ReleaseOverdue
{
    public const string Key = "release";
}

internal sealed record ReconcileDue
{
    public const string Key = "reconcile";
}

internal sealed record StopOverdue(int Run)
{
    public const string Key = "stop";
}

internal sealed record KillOverdue(int Run)
{
    public const string Key = "kill";
}
