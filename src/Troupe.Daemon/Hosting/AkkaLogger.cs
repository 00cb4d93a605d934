using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Event;
using AkkaLogLevel = Akka.Event.LogLevel;

namespace Troupe.Daemon.Hosting;

/// <summary>Hands the process's loggers to an actor system.</summary>
internal sealed class LoggingSetup(ILoggerFactory loggers) : Setup
{
    public ILoggerFactory Loggers { get; } = loggers;
}

/// <summary>Akka's log goes where all other log lines go, with the actor's type as category.</summary>
public sealed class AkkaLogger : ReceiveActor
{
    private readonly Dictionary<string, ILogger> _byType = new(StringComparer.Ordinal);
    private readonly ILoggerFactory? _loggers;

    public AkkaLogger()
    {
        _loggers = Context.System.Settings.Setup.Get<LoggingSetup>().Select(s => s.Loggers).GetOrElse(null!);
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(Write);
    }

    private void Write(LogEvent e)
    {
        if (_loggers is null) return;
        // What Akka logs under a text instead of a type has a stand-in for a type.
        var name = e.LogClass is { } type && type != typeof(DummyClassForStringSources) ? type.Name : "Akka";
        if (!_byType.TryGetValue(name, out var logger)) _byType[name] = logger = _loggers.CreateLogger(name);
        Lines.Akka(logger, Level(e.LogLevel()), e.Message?.ToString() ?? "", e.LogSource, e.Cause);
    }

    private static Microsoft.Extensions.Logging.LogLevel Level(AkkaLogLevel level) => level switch
    {
        AkkaLogLevel.DebugLevel => Microsoft.Extensions.Logging.LogLevel.Debug,
        AkkaLogLevel.InfoLevel => Microsoft.Extensions.Logging.LogLevel.Information,
        AkkaLogLevel.WarningLevel => Microsoft.Extensions.Logging.LogLevel.Warning,
        _ => Microsoft.Extensions.Logging.LogLevel.Error,
    };
}
