using System.Buffers.Binary;

namespace Troupe.Linux.Netlink;

/// <summary>The kernel's answer to one request: errno 0 is success; the text is the extended acknowledgement's, or empty.</summary>
internal readonly record struct NetlinkAnswer(Errno Errno, string Text)
{
    public bool IsSuccess => Errno.Value == 0;

    /// <summary>
    /// Reads struct nlmsgerr: a negative errno, the header of the request (its whole body unless NLM_F_CAPPED), then, with
    /// NLM_F_ACK_TLVS, attributes of which one is a text.
    /// </summary>
    public static bool TryParse(in NetlinkMessage message, out NetlinkAnswer answer)
    {
        answer = default;
        var payload = message.Payload;
        if (message.Type is not (Nlmsg.Error or Nlmsg.Done)) return false;
        if (!BinaryPrimitives.TryReadInt32LittleEndian(payload, out var error) || error is > 0 or < -4095) return false;
        answer = new NetlinkAnswer(new Errno(-error), TextOf(message));
        return true;
    }

    private static string TextOf(in NetlinkMessage message)
    {
        if ((message.Flags & NlmFlags.AckTlvs) == 0) return "";
        var rest = message.Payload[4..];
        if (message.Type == Nlmsg.Error)
        {
            if (rest.Length < Nlmsg.HeaderLength) return "";
            var echoed = (message.Flags & NlmFlags.Capped) != 0
                ? Nlmsg.HeaderLength
                : BinaryPrimitives.ReadUInt32LittleEndian(rest);
            if (echoed < Nlmsg.HeaderLength || echoed > (uint)rest.Length) return "";
            rest = rest[Math.Min(NetlinkWriter.Align((int)echoed), rest.Length)..];
        }

        var attributes = new NetlinkAttributes(rest);
        while (attributes.TryRead(out var attribute))
            if (attribute.Type == NlmsgErrAttr.Message)
                return attribute.Text();
        return "";
    }
}
