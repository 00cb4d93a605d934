using Troupe.Runtime.Shim;
using Troupe.ShimHost;

// As troupe-runtime is called: `shim ...`, and `--root DIR delete --force ID` for what a dead shim left (nothing, with plain processes).
return args is ["shim", ..] ? ShimVerb.Run(args.AsSpan(1), config => new PlainRuntime(config), Console.Error) : 0;
