using System.Reflection;
using System.Runtime.CompilerServices;
using Troupe.Protocol.Cluster;
using Troupe.Protocol.Containers;
using Troupe.Protocol.Images;
using Troupe.Protocol.Networks;
using Troupe.Protocol.Wire;

namespace Troupe.Protocol.Tests.Wire;

/// <summary>
/// What a journal holds must be readable for ever. A golden file is the bytes of one sample of an event type, as hex, written when the
/// type was new (run the tests with TROUPE_WRITE_GOLDEN=1) and never written again.
/// </summary>
public sealed class GoldenTests
{
    private static readonly string GoldenFolder = Path.Combine(AppContext.BaseDirectory, "Golden");

    public static TheoryData<string> Journalled =>
        [.. WireSamples.Types.Where(IsJournalled).Select(t => t.GetCustomAttribute<WireAttribute>()!.Manifest).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Journalled))]
    public void Event_when_its_golden_bytes_are_read_then_every_slot_they_have_comes_back(string manifest)
    {
        var sample = WireSamples.Make(manifest);
        var path = Path.Combine(GoldenFolder, manifest + ".golden");
        if (!File.Exists(path) && Environment.GetEnvironmentVariable("TROUPE_WRITE_GOLDEN") == "1")
        {
            Write(Path.Combine(SourceFolder(), "..", "Golden", manifest + ".golden"), WireGate.Encode(sample));
        }

        Assert.True(File.Exists(path), $"{manifest} is journalled and has no golden file: run once with TROUPE_WRITE_GOLDEN=1, build again");
        var golden = Convert.FromHexString(string.Concat(File.ReadLines(path)));

        var back = WireGate.Decode(golden, manifest);

        var slots = GoldenSlots(golden);
        Assert.True(WireSamples.Same(slots, WireSamples.SlotsOf(back), prefix: true), $"{manifest} reads as {back}");
        Assert.True(
            WireSamples.Same(slots, WireSamples.SlotsOf(sample), prefix: true),
            $"slots of {manifest} were moved, changed or removed: journals of users can't be read any more");
    }

    [Fact]
    public void Golden_files_when_listed_then_every_one_still_has_its_type()
    {
        var known = Journalled.Select(row => row.Data).ToHashSet();

        Assert.All(Directory.GetFiles(GoldenFolder), f =>
            Assert.Contains(Path.GetFileNameWithoutExtension(f), known));
    }

    private static bool IsJournalled(Type type) =>
        new[] { typeof(ContainerEvent), typeof(NetworkEvent), typeof(ImageEvent), typeof(SchedulerEvent), typeof(IWireSnapshot) }
            .Any(type.IsAssignableTo)
        || type.Name is "ContainerState" or "NetworkState";

    /// <summary>Independent of the reader under test: as many slots as the golden bytes have.</summary>
    private static object?[] GoldenSlots(byte[] frame)
    {
        using var stream = new MemoryStream(frame, 5, frame.Length - 5);
        var options = new Hyperion.SerializerOptions(knownTypes: [typeof(Fields), typeof(object[])], preserveObjectReferences: false,
            versionTolerance: false, surrogates: null, serializerFactories: null, ignoreISerializable: true,
            packageNameOverrides: null, disallowUnsafeTypes: false, typeFilter: Hyperion.DisabledTypeFilter.Instance);
        return new Hyperion.Serializer(options).Deserialize<Fields>(stream).F!;
    }

    private static void Write(string path, byte[] frame)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllLines(path, Convert.ToHexStringLower(frame).Chunk(100).Select(line => new string(line)));
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
