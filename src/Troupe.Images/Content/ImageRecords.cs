using System.Text.Json;
using Troupe.Specs;

namespace Troupe.Images.Content;

/// <summary>The images that are wholly on this node. Calls block on the disk; one writer.</summary>
internal sealed class ImageRecords
{
    private readonly string _directory;

    public ImageRecords(string dataRoot)
    {
        _directory = Path.Combine(dataRoot, "content", "images");
        Directory.CreateDirectory(_directory);
    }

    public void Put(Digest imageId, ImageRecord record) =>
        AtomicFile.Write(PathOf(imageId), JsonSerializer.SerializeToUtf8Bytes(record, RecordsJsonContext.Default.ImageRecord));

    public ImageRecord? Get(Digest imageId)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(PathOf(imageId)), RecordsJsonContext.Default.ImageRecord);
        }
        catch (Exception e) when (e is FileNotFoundException or JsonException)
        {
            return null;
        }
    }

    public void Delete(Digest imageId) => File.Delete(PathOf(imageId));

    public IEnumerable<Digest> List()
    {
        foreach (var path in Directory.GetFiles(_directory))
        {
            if (AtomicFile.IsLeftover(path)) File.Delete(path);
            else if (Digest.TryParse(Digest.Algorithm + ":" + Path.GetFileName(path), out var id)) yield return id;
        }
    }

    private string PathOf(Digest imageId) => Path.Combine(_directory, imageId.Hex);
}
