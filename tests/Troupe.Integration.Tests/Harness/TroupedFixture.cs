namespace Troupe.Integration.Tests.Harness;

/// <summary>One node for a whole test class; every test uses names of its own.</summary>
public sealed class TroupedFixture : IAsyncLifetime
{
    internal TroupedNode Node { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Node = await TroupedNode.StartAsync();

    public ValueTask DisposeAsync() => Node.DisposeAsync();
}
