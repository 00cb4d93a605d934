using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using Troupe.Protocol.Wire;

namespace Troupe.Protocol.Tests.Wire;

public sealed class AkkaBindingTests : IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create("wire", ConfigurationFactory.ParseString(
        WireConfig.Hocon + "\nakka.actor.serialize-messages = on\nakka.loglevel = OFF\nakka.stdout-loglevel = OFF"));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await _system.Terminate();

    [Fact]
    public async Task Wire_messages_when_every_message_is_serialized_then_all_of_them_arrive_equal()
    {
        var echo = _system.ActorOf(Props.Create(() => new Echo()));
        foreach (var message in WireSamples.Types.Select(WireSamples.Make))
        {
            var back = await echo.Ask<object>(message, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
            Assert.NotSame(message, back);
            Assert.True(WireSamples.Same(WireSamples.SlotsOf(message), WireSamples.SlotsOf(back)), message.ToString());
        }
    }

    [Fact]
    public void Wire_type_when_its_serializer_is_looked_up_then_it_is_the_gate()
    {
        Assert.All(WireSamples.Types, t => Assert.IsType<WireSerializer>(_system.Serialization.FindSerializerForType(t)));
        Assert.Equal(WireSerializer.Id, _system.Serialization.FindSerializerForType(typeof(Cause)).Identifier);
    }

    [Fact]
    public void Foreign_type_when_serialized_then_is_refused()
    {
        var serializer = _system.Serialization.FindSerializerFor(new Foreign());

        Assert.IsType<RefusingSerializer>(serializer);
        Assert.Throws<WireFormatException>(() => serializer.ToBinary(new Foreign()));
        Assert.Throws<WireFormatException>(() => serializer.ToBinary(new { Anonymous = 1 }));
    }

    [Fact]
    public void Bytes_when_they_claim_to_be_the_default_serializers_then_are_refused()
    {
        var json = """{"$type":"System.Diagnostics.ProcessStartInfo, System","FileName":"/bin/true"}"""u8.ToArray();

        Assert.Throws<WireFormatException>(() => _system.Serialization.Deserialize(json, 1, typeof(object)));
    }

    [Fact]
    public void Serializers_when_listed_then_none_is_newtonsoft()
    {
        Assert.IsType<RefusingSerializer>(_system.Serialization.FindSerializerForType(typeof(object)));
        Assert.DoesNotContain("NewtonSoft", _system.Serialization.FindSerializerForType(typeof(Exception)).GetType().Name, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("NewtonSoft", _system.Serialization.FindSerializerForType(typeof(Dictionary<string, object>)).GetType().Name, StringComparison.OrdinalIgnoreCase);
    }

    private sealed class Foreign;

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message));
    }
}
