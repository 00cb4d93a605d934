namespace Troupe.Protocol.Wire;

/// <summary>A whole state in one message: written to a snapshot store only, with the larger size cap.</summary>
public interface IWireSnapshot : IWireMessage;
