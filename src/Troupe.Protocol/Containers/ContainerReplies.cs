using Troupe.Specs;

namespace Troupe.Protocol.Containers;

[Wire("cr-created")]
public sealed record ContainerCreatedResult(ContainerId Id, string[] Warnings) : IWireMessage;

/// <param name="Run">The run whose exit is awaited, from 1: the one under way, or the next.</param>
[Wire("cr-waiting")]
public sealed record WaitRegistered(ContainerId Id, int Run) : IWireMessage;

/// <summary>The exit code (0 to 255; 128 + signal) and, when the container could not be watched or removed, why.</summary>
[Wire("cr-waited")]
public sealed record ContainerWaitResult(ContainerId Id, int ExitCode, string? Error) : IWireMessage;
