using System.Text;

namespace Troupe.Specs;

/// <summary>
/// Names a stack of layers by its content (OCI image-spec, config.md, "Layer ChainID"): the first layer's is its diff id, each further
/// one the SHA-256 of the text of the chain id below it, a space, and its diff id.
/// </summary>
public readonly record struct ChainId(Digest Digest)
{
    /// <summary>The chain id of every layer of an image, lowest first. Empty for an image without layers.</summary>
    public static ChainId[] Compute(IReadOnlyList<DiffId> diffIds)
    {
        ArgumentNullException.ThrowIfNull(diffIds);
        var chain = new ChainId[diffIds.Count];
        for (var i = 0; i < chain.Length; i++)
        {
            chain[i] = i == 0 ? new ChainId(diffIds[0].Digest) : chain[i - 1].With(diffIds[i]);
        }

        return chain;
    }

    private ChainId With(DiffId upper) => new(Digest.Of(Encoding.ASCII.GetBytes($"{Digest} {upper.Digest}")));

    public override string ToString() => Digest.ToString();
}
