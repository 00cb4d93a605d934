namespace Troupe.Linux.Nftables;

/// <summary>A transaction that nftables refused, in its own words; nothing of it took effect.</summary>
public sealed class NftablesException(string text) : IOException("nftables: " + text);
