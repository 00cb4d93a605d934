using Troupe.Cli.CommandLine;

return await CommandTree.RunAsync(args);
