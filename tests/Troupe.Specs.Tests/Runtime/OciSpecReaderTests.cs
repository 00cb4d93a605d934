using System.Reflection;
using System.Text;
using System.Text.Json;
using Troupe.Specs.Runtime;

namespace Troupe.Specs.Tests.Runtime;

/// <summary>The hand-written reader against the serializer, which knows every field.</summary>
public sealed class OciSpecReaderTests
{
    /// <summary>Every field of every type is set to a value of its own: one that the reader forgets or confuses shows.</summary>
    [Fact]
    public void Specification_when_every_field_is_set_then_reads_as_the_serializer_wrote_it()
    {
        var counter = 0;
        var json = JsonSerializer.SerializeToUtf8Bytes((OciSpec)Filled(typeof(OciSpec), ref counter), OciJson.Default.OciSpec);
        Assert.True(counter > 120, $"only {counter} values were set");
        var read = OciSpecReader.Spec(json)!;
        Assert.Equal(Encoding.UTF8.GetString(json), Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(read, OciJson.Default.OciSpec)));
        Assert.DoesNotContain("null", Encoding.UTF8.GetString(json), StringComparison.Ordinal);
    }

    [Fact]
    public void Default_specification_when_written_then_reads_the_same()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(DefaultSpec.Create(HostFacts.Read()), OciJson.Default.OciSpec);
        Assert.Equal(json, JsonSerializer.SerializeToUtf8Bytes(OciSpecReader.Spec(json)!, OciJson.Default.OciSpec));
    }

    [Fact]
    public void Process_when_read_alone_then_is_the_same_as_inside_a_specification()
    {
        var counter = 0;
        var json = JsonSerializer.SerializeToUtf8Bytes((OciProcess)Filled(typeof(OciProcess), ref counter), OciJson.Default.OciProcess);
        Assert.Equal(json, JsonSerializer.SerializeToUtf8Bytes(OciSpecReader.Process(json)!, OciJson.Default.OciProcess));
    }

    [Fact]
    public void Fields_when_unknown_or_null_then_are_as_absent()
    {
        var read = OciSpecReader.Spec("""{"ociVersion":"1.0.2","new":{"a":[1,{"b":null}]},"process":null,"linux":{"resources":null,"x":1},"hostname":null}"""u8)!;
        Assert.Equal(new OciSpec { OciVersion = "1.0.2", Linux = new OciLinux() }, read);
        Assert.Null(OciSpecReader.Spec("null"u8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{} x")]
    [InlineData("{\"process\":[]}")]
    [InlineData("{\"process\":{\"args\":\"sh\"}}", "args")]
    [InlineData("{\"process\":{\"args\":[1]}}", "args")]
    [InlineData("{\"process\":{\"args\":[null]}}", "args")]
    [InlineData("{\"process\":{\"terminal\":\"yes\"}}", "terminal")]
    [InlineData("{\"process\":{\"user\":{\"uid\":-1}}}", "uid")]
    [InlineData("{\"process\":{\"user\":{\"uid\":4294967296}}}", "uid")]
    [InlineData("{\"process\":{\"user\":{\"uid\":1.5}}}", "uid")]
    [InlineData("{\"process\":{\"user\":{\"additionalGids\":[-1]}}}")]
    [InlineData("{\"process\":{\"oomScoreAdj\":2147483648}}", "oomScoreAdj")]
    [InlineData("{\"mounts\":[{\"type\":\"proc\"}]}", "destination")]
    [InlineData("{\"mounts\":[null]}")]
    [InlineData("{\"hostname\":\"\\ud800\"}")]
    [InlineData("{\"annotations\":{\"a\":1}}")]
    [InlineData("{\"linux\":{\"seccomp\":{}}}", "defaultAction")]
    public void Text_when_malformed_then_is_refused_with_the_field(string json, string field = "")
    {
        Assert.Contains(field, Assert.ThrowsAny<JsonException>(() => OciSpecReader.Spec(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_when_changed_anywhere_then_are_read_or_refused_but_never_crash()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var counter = 0;
        var whole = JsonSerializer.SerializeToUtf8Bytes((OciSpec)Filled(typeof(OciSpec), ref counter), OciJson.Default.OciSpec);
        for (var i = 0; i < 3000; i++)
        {
            var bytes = whole.ToArray();
            for (var j = random.Next(1, 4); j > 0; j--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                OciSpecReader.Spec(bytes.AsSpan(0, random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length));
            }
            catch (JsonException)
            {
                // Refused.
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, round {i}: {e}");
            }
        }
    }

    [Theory]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-1", -1L)]
    public void Number_when_at_the_edge_then_is_kept(string text, long limit) =>
        Assert.Equal(limit, OciSpecReader.Spec(Encoding.UTF8.GetBytes($"{{\"linux\":{{\"resources\":{{\"memory\":{{\"limit\":{text}}}}}}}}}"))!.Linux!.Resources!.Memory!.Limit);

    private static object Filled(Type type, ref int counter)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        counter++;
        if (type == typeof(string)) return $"text {counter} \"\u00e9\u4e2d";
        if (type == typeof(bool)) return true;
        if (type == typeof(JsonElement)) return JsonDocument.Parse($"{{\"raw\":[{counter}]}}").RootElement;
        if (type == typeof(ulong)) return ulong.MaxValue - (ulong)counter;
        if (type == typeof(long)) return long.MinValue + counter;
        if (type == typeof(uint)) return uint.MaxValue - (uint)counter;
        if (type.IsPrimitive) return Convert.ChangeType(counter, type, System.Globalization.CultureInfo.InvariantCulture);
        if (type.IsArray)
        {
            var array = Array.CreateInstance(type.GetElementType()!, 2);
            for (var i = 0; i < array.Length; i++) array.SetValue(Filled(type.GetElementType()!, ref counter), i);
            return array;
        }

        if (type.IsGenericType)
        {
            var map = (System.Collections.IDictionary)Activator.CreateInstance(type)!;
            map.Add($"key {counter}", Filled(type.GetGenericArguments()[1], ref counter));
            return map;
        }

        var constructor = type.GetConstructors().OrderBy(c => c.GetParameters().Length).Last();
        var arguments = new List<object?>();
        foreach (var parameter in constructor.GetParameters()) arguments.Add(Filled(parameter.ParameterType, ref counter));
        var made = constructor.Invoke([.. arguments]);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite)) property.SetValue(made, Filled(property.PropertyType, ref counter));
        return made;
    }
}
