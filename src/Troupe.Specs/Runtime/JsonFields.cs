using System.Numerics;
using System.Text.Json;

namespace Troupe.Specs.Runtime;

/// <summary>The fields of one JSON object, read in the order they come. A value of the wrong kind fails with the field's name.</summary>
public struct JsonFields
{
    private string _name;

    /// <summary>Reads a value whose first token is the current one.</summary>
    public delegate T Read<T>(ref Utf8JsonReader json);

    /// <summary>Precondition: the current token is the object's first.</summary>
    public static JsonFields Begin(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject) throw new JsonException($"an object was expected at byte {json.TokenStartIndex}");
        return new JsonFields { _name = "" };
    }

    /// <summary>Goes to the next field that is not null, and to the first token of its value. False at the object's end.</summary>
    public bool Next(ref Utf8JsonReader json, out string name)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            _name = Decode(ref json);
            json.Read();
            if (json.TokenType == JsonTokenType.Null) continue;
            name = _name;
            return true;
        }

        name = "";
        return false;
    }

    public static T Skip<T>(ref Utf8JsonReader json, T unchanged)
    {
        json.Skip();
        return unchanged;
    }

    public readonly string Text(ref Utf8JsonReader json) => json.TokenType == JsonTokenType.String ? Decode(ref json) : throw Wrong("a string");

    public readonly bool Flag(ref Utf8JsonReader json) => json.TokenType is JsonTokenType.True or JsonTokenType.False ? json.GetBoolean() : throw Wrong("true or false");

    /// <summary>A whole number that fits the type.</summary>
    public readonly T Number<T>(ref Utf8JsonReader json) where T : struct, IBinaryInteger<T> => TryNumber<T>(ref json, out var value) ? value : throw Wrong("a whole number in its range");

    public readonly string[] List(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartArray) throw Wrong("a list");
        var result = new List<string>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray) result.Add(json.TokenType == JsonTokenType.String ? Decode(ref json) : throw Wrong("a list of strings"));
        return [.. result];
    }

    public readonly T[] Array<T>(ref Utf8JsonReader json, Read<T> read)
    {
        if (json.TokenType != JsonTokenType.StartArray) throw Wrong("a list");
        var result = new List<T>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray) result.Add(read(ref json));
        return [.. result];
    }

    public readonly Dictionary<string, string> Texts(ref Utf8JsonReader json) => Map(ref json, static (ref Utf8JsonReader j) =>
        j.TokenType == JsonTokenType.String ? Decode(ref j) : throw new JsonException($"a string was expected at byte {j.TokenStartIndex}"));

    public readonly Dictionary<string, T> Map<T>(ref Utf8JsonReader json, Read<T> read)
    {
        if (json.TokenType != JsonTokenType.StartObject) throw Wrong("an object");
        var result = new Dictionary<string, T>();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var key = Decode(ref json);
            json.Read();
            result[key] = read(ref json);
        }

        return result;
    }

    /// <summary>An element of a list of numbers.</summary>
    public static T Element<T>(ref Utf8JsonReader json) where T : struct, IBinaryInteger<T> =>
        TryNumber<T>(ref json, out var value) ? value : throw new JsonException($"a whole number in its range was expected at byte {json.TokenStartIndex}");

    /// <summary>The object as it is, unless a field that it can't be without was missing or empty.</summary>
    public static T Require<T>(T it, string field, string value) => value.Length > 0 ? it : throw new JsonException($"the field \"{field}\" is missing");

    private static bool TryNumber<T>(ref Utf8JsonReader json, out T value) where T : struct, IBinaryInteger<T>
    {
        value = default;
        if (json.TokenType != JsonTokenType.Number) return false;
        if (json.TryGetInt64(out var signed)) return TryConvert(signed, out value);
        return json.TryGetUInt64(out var unsigned) && TryConvert(unsigned, out value);
    }

    private static bool TryConvert<TFrom, T>(TFrom from, out T value) where TFrom : IBinaryInteger<TFrom> where T : IBinaryInteger<T>
    {
        value = T.CreateTruncating(from);
        return TFrom.CreateTruncating(value) == from && TFrom.IsNegative(from) == T.IsNegative(value);
    }

    private static string Decode(ref Utf8JsonReader json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // Bytes that are not UTF-8, or half a surrogate pair.
            throw new JsonException($"the text at byte {json.TokenStartIndex} is not valid Unicode", e);
        }
    }

    private readonly JsonException Wrong(string expected) => new($"\"{_name}\" must be {expected}");
}
