namespace Troupe.Specs.Streams;

/// <summary>Read access to the node's content store, for the registry endpoint and for peers. Implemented in Troupe.Images.</summary>
public interface IBlobSource
{
    /// <summary>Size of a blob in bytes, or null when this node has it not.</summary>
    long? SizeOf(Digest digest);

    /// <summary>Opens a blob for reading (seekable), or null when this node has it not.</summary>
    Stream? Open(Digest digest);
}
