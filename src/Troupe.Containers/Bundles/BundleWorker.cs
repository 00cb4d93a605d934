using Akka.Actor;
using Troupe.Protocol;

namespace Troupe.Containers.Bundles;

/// <summary>
/// Writes and removes a container's files. Lives on the blocking dispatcher for one step of one task, so that a disk that hangs
/// holds up no mailbox; what the disk refuses is a reply.
/// </summary>
internal sealed class BundleWorker : ReceiveActor
{
    public static Props Props(ContainersParts parts) => Akka.Actor.Props.Create(() => new BundleWorker(parts));

    public BundleWorker(ContainersParts parts)
    {
        var files = new BundleFiles(parts.Settings);
        Receive<WriteBundle>(c => Sender.Tell(Write(files, c)));
        Receive<RemoveBundle>(c => Sender.Tell(Remove(files, c)));
    }

    private static object Write(BundleFiles files, WriteBundle command)
    {
        try
        {
            return files.Write(command);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new BundleFailed(128, ErrorCode.Internal, e.Message);
        }
    }

    private static object Remove(BundleFiles files, RemoveBundle command)
    {
        try
        {
            files.Remove(command.Id);
            return CommandDone.Instance;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new CommandFailed(ErrorCode.Internal, e.Message);
        }
    }
}
