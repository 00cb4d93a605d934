using Troupe.Specs;

namespace Troupe.Protocol.Containers;

/// <summary>Something asked of one container. Answered with the reply named on the case, or <see cref="CommandFailed"/>.</summary>
public abstract record ContainerCommand(ContainerId Id, Cause Cause) : IWireMessage;

/// <summary>
/// Sent to the engine by the gateway: place and create. Answered by <see cref="ContainerCreatedResult"/>. Fails NotFound
/// (no such image), AlreadyExists (the name), InvalidArgument. <paramref name="Name"/> is empty when the engine shall invent one.
/// <paramref name="Spec"/> is not yet merged with the image's configuration.
/// </summary>
[Wire("cc-create")]
public sealed record CreateContainer(ContainerId Id, Cause Cause, string Name, ContainerSpec Spec) : ContainerCommand(Id, Cause);

/// <summary>
/// Sent to the node's containers actor after placement: the name is the cluster's, the generation the scheduler's, the image
/// resolved on the node. Answered by <see cref="ContainerCreatedResult"/>.
/// </summary>
[Wire("cc-admit")]
public sealed record AdmitContainer(
    ContainerId Id, Cause Cause, string Name, long Generation, Digest ImageId, Digest[] ChainIds, ContainerSpec Spec)
    : ContainerCommand(Id, Cause);

/// <summary>Answered by CommandDone; NotModified when running.</summary>
[Wire("cc-start")]
public sealed record StartContainer(ContainerId Id, Cause Cause) : ContainerCommand(Id, Cause);

/// <summary>
/// Stop signal, then SIGKILL after the timeout. <paramref name="TimeoutSeconds"/>: null = the container's own or 10; -1 waits for ever.
/// Answered by CommandDone after the exit; NotModified when not running.
/// </summary>
[Wire("cc-stop")]
public sealed record StopContainer(ContainerId Id, Cause Cause, int? TimeoutSeconds, string? Signal) : ContainerCommand(Id, Cause);

/// <summary>Sends a signal (1 to 64). Answered by CommandDone; FailedPrecondition when not running.</summary>
[Wire("cc-kill")]
public sealed record KillContainer(ContainerId Id, Cause Cause, int Signal) : ContainerCommand(Id, Cause);

/// <summary>Removes the container and what it owns. FailedPrecondition when running and not forced. Answered by CommandDone.</summary>
[Wire("cc-rm")]
public sealed record RemoveContainer(ContainerId Id, Cause Cause, bool Force, bool RemoveVolumes) : ContainerCommand(Id, Cause);

/// <summary>Sets the terminal's size in character cells. FailedPrecondition when not running or without a terminal.</summary>
[Wire("cc-resize")]
public sealed record ResizeContainer(ContainerId Id, Cause Cause, int Rows, int Columns) : ContainerCommand(Id, Cause);

/// <summary>
/// A client joins the container's streams: for the event stream, the bytes go another way. Legal in every status. Answered by CommandDone
/// when it is journalled; a later command of the same sender does not wait for that, and is journalled behind it.
/// </summary>
[Wire("cc-attach")]
public sealed record AttachContainer(ContainerId Id, Cause Cause) : ContainerCommand(Id, Cause);

public enum WaitCondition
{
    NotRunning = 0,
    NextExit = 1,
    Removed = 2,
}

/// <summary>
/// Waits for an exit. Answered at once by <see cref="WaitRegistered"/> and later by <see cref="ContainerWaitResult"/>, both to the
/// sender; the sender stops waiting by ending (it is watched).
/// </summary>
/// <param name="Run">
/// 0, or what an earlier <see cref="WaitRegistered"/> said when its wait was lost with the actor: an exit of that run is answered also when it
/// came meanwhile.
/// </param>
[Wire("cc-wait")]
public sealed record WaitContainer(ContainerId Id, Cause Cause, WaitCondition Condition, int Run) : ContainerCommand(Id, Cause);
