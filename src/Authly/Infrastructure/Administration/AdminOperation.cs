using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;

namespace Authly.Infrastructure.Administration;

/// <summary>A way in from the administration API, as in <c>GET /admin/clients</c>: it declares itself and is found by its type.</summary>
internal interface IAdminOperation
{
    static abstract void Map(AdminRoutes routes);
}

/// <param name="Scope">What a token must hold for it.</param>
/// <param name="Summary">What it does, in one sentence.</param>
/// <param name="Name">What generated clients call it; the slice's name unless it has several.</param>
internal sealed record AdminOperation(string Method, string Path, string Scope, string Summary, string? Name = null)
    : IRequestSizeLimitMetadata
{
    /// <summary>How large a file with a configuration may be: some ten thousand clients.</summary>
    public const int FileBytes = 8 << 20;

    long? IRequestSizeLimitMetadata.MaxRequestBodySize => MostBytes;

    /// <summary>What a success is answered with.</summary>
    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>How large a body may be.</summary>
    public long MostBytes { get; init; } = 64 << 10;

    public static AdminOperation Creation(string path, string scope, string summary) =>
        new(HttpMethods.Post, path, scope, summary) { Status = StatusCodes.Status201Created };

    /// <summary>There is nothing to tell of what is gone.</summary>
    public static AdminOperation Deletion(string path, string scope, string summary) =>
        new(HttpMethods.Delete, path, scope, summary) { Status = StatusCodes.Status204NoContent };
}

/// <summary>How an operation that succeeded is told.</summary>
/// <param name="Body">Null for an answer without content.</param>
/// <param name="Version">The entity's, for <c>ETag</c>.</param>
internal sealed record AdminAnswer(object? Body, string? Version = null) : IResult
{
    /// <summary>Where that is which was made.</summary>
    public string? Location { get; init; }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        if (Version is not null)
            response.Headers.ETag = $"\"{Version}\"";
        if (Location is not null)
            response.Headers[HeaderNames.Location] = httpContext.Request.PathBase + Location;
        if (Body is not null)
            await response.WriteAsJsonAsync(Body, Body.GetType(), httpContext.RequestAborted);
    }
}

/// <summary>
/// The version that a change is of, as its sender read it (<c>If-Match</c>, RFC 9110 §13.1.1). Race: what somebody else changed since
/// would be lost without it.
/// </summary>
internal readonly record struct AdminVersion(string? Given)
{
    /// <exception cref="RefusedException">None is given: 428 (RFC 6585 §3).</exception>
    public string Required => Given ?? throw new RefusedException(Refusal.Invalid(
        "If-Match must say the ETag of what was read.", StatusCodes.Status428PreconditionRequired));

    public static ValueTask<AdminVersion> BindAsync(HttpContext http)
    {
        var given = http.Request.Headers.IfMatch.ToString();
        return ValueTask.FromResult(new AdminVersion(given.Length > 2 && given[0] == '"' && given[^1] == '"' ? given[1..^1] : null));
    }
}
