using Troupe.Integration.Tests.Harness;

[assembly: AssemblyFixture(typeof(RegistryFixture))]
