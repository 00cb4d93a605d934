using System.Reflection;
using Troupe.Protocol;

namespace Troupe.Architecture.Tests;

public class WireTests
{
    private static readonly IReadOnlyList<Type> WireTypes =
        [.. typeof(IWireMessage).Assembly.GetTypes().Where(t => !t.IsAbstract && t.IsAssignableTo(typeof(IWireMessage)))];

    [Fact]
    public void Every_wire_message_has_a_manifest() =>
        Offenders.None(WireTypes.Where(t => t.GetCustomAttribute<WireAttribute>() is null).Select(t => t.Name));

    [Fact]
    public void No_manifest_is_given_twice() => Offenders.None(
        WireTypes.Select(t => t.GetCustomAttribute<WireAttribute>()?.Manifest).OfType<string>()
            .CountBy(m => m).Where(m => m.Value > 1).Select(m => m.Key));

    [Fact]
    public void Protocol_has_messages() => Assert.True(WireTypes.Count > 20, $"only {WireTypes.Count} found");
}
