using Troupe.Linux.Programs;
using Troupe.Specs.Runtime;

namespace Troupe.Runtime.Containers;

/// <summary>
/// The runtime's state directory: one directory per container, made exclusively, so that an id is taken once. In it <c>config.json</c> as it
/// was at the creation (a later change of the bundle's has no effect), <c>state.json</c>, and <c>started</c> once the start was given.
/// </summary>
internal sealed class ContainerStore(string root)
{
    private const int IdMax = 1024;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string DirectoryOf(string id) => $"{root}/{id}";

    public string FifoOf(string id) => $"{root}/{id}/exec.fifo";

    /// <summary>Letters, digits, and <c>_ + - . </c>; not a dot name.</summary>
    public static void ValidateId(string id)
    {
        if (id.Length is 0 or > IdMax || id is "." or ".." || !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '+' or '-' or '.'))
            throw new RuntimeException("container id cannot be empty or contain characters other than letters, digits, _, +, - and .");
    }

    /// <summary>Takes the id and keeps the configuration. Fails when the id is in use.</summary>
    public void Reserve(string id, ReadOnlyMemory<byte> config)
    {
        ValidateId(id);
        Directory.CreateDirectory(root, Private);
        if (Directory.Exists(DirectoryOf(id))) throw new RuntimeException("container with given ID already exists");
        Directory.CreateDirectory(DirectoryOf(id), Private);
        File.WriteAllBytes(ConfigOf(id), config.Span);
    }

    /// <summary>Before anything in the kernel is made: where it will be, for whoever has to clear up after a kill.</summary>
    public void Intend(string id, IEnumerable<string> cgroupDirectories) => File.WriteAllLines(IntentOf(id), cgroupDirectories);

    public string[] Intended(string id) => File.Exists(IntentOf(id)) ? File.ReadAllLines(IntentOf(id)) : [];

    public void Release(string id)
    {
        if (Directory.Exists(DirectoryOf(id))) Directory.Delete(DirectoryOf(id), recursive: true);
    }

    /// <summary>Whole or not at all.</summary>
    public void Save(ContainerState state)
    {
        var file = StateOf(state.Id);
        File.WriteAllBytes(file + ".new", state.ToJson().Span);
        File.Move(file + ".new", file, overwrite: true);
    }

    /// <summary>A file of its own: to replace state.json would make a disk's file system write it out first.</summary>
    public void MarkStarted(string id) => DescriptorFiles.Open(StartedOf(id), Kernel.O_WRONLY | Kernel.O_CREAT, mode: 384).Dispose();

    public bool Exists(string id) => File.Exists(StateOf(id));

    public ContainerState Load(string id)
    {
        ValidateId(id);
        try
        {
            return ContainerState.FromJson(File.ReadAllBytes(StateOf(id))) with { Started = File.Exists(StartedOf(id)) };
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new RuntimeException("container does not exist");
        }
    }

    /// <summary>The configuration that the container was created with.</summary>
    public OciSpec LoadSpec(string id) => OciSpecReader.Spec(File.ReadAllBytes(ConfigOf(id))) ?? throw new RuntimeException($"{ConfigOf(id)} is empty");

    public IEnumerable<ContainerState> All() =>
        !Directory.Exists(root) ? [] : Directory.EnumerateDirectories(root).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal).Where(Exists).Select(Load);

    private string ConfigOf(string id) => $"{root}/{id}/config.json";

    private string IntentOf(string id) => $"{root}/{id}/cgroups";

    private string StateOf(string id) => $"{root}/{id}/state.json";

    private string StartedOf(string id) => $"{root}/{id}/started";
}
