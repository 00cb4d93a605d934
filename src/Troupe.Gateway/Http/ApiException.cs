using Troupe.Protocol;

namespace Troupe.Gateway.Http;

/// <summary>A request that can't be served, with Docker's wording. Becomes <c>{"message": ...}</c>.</summary>
internal sealed class ApiException(ErrorCode code, string message) : Exception(message)
{
    public ErrorCode Code => code;

    public static ApiException Invalid(string message) => new(ErrorCode.InvalidArgument, message);

    public static ApiException From(CommandFailed failure) => new(failure.Code, failure.Message);
}
