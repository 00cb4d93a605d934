namespace Troupe.Specs;

/// <summary>Digest of a layer's uncompressed tar (OCI image-spec, config.md, "Layer DiffID"). Not the digest of the blob.</summary>
public readonly record struct DiffId(Digest Digest)
{
    public override string ToString() => Digest.ToString();
}
