using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Mediation;

/// <summary>Who reads an endpoint's errors, and so in which form they come.</summary>
internal enum ErrorStyle
{
    /// <summary>A program: <c>application/problem+json</c> (RFC 9457).</summary>
    Problem,

    /// <summary>An OAuth client: JSON with <c>error</c> (RFC 6749 §5.2).</summary>
    OAuth,

    /// <summary>A person: a page.</summary>
    Page,
}

/// <summary>
/// What an endpoint is, said once by its slice: routes, OpenIddict's URIs, discovery, error answers, CORS and the metrics' labels derive
/// from it.
/// </summary>
/// <param name="Paths">The first is the one that others link to.</param>
internal sealed record EndpointDeclaration(params IReadOnlyList<string> Paths)
{
    public required IReadOnlyList<string> Methods { get; init; }

    /// <summary>The methods as <c>Allow</c> lists them: HEAD is answered wherever GET is.</summary>
    public string Allow => string.Join(", ", Methods).Replace(HttpMethods.Get, $"{HttpMethods.Get}, {HttpMethods.Head}");

    /// <summary>Which of the protocol's endpoints it is; null where it is none.</summary>
    public OAuthEndpoint? Type { get; init; }

    /// <summary>
    /// The parameters that the endpoint defines; all others are ignored (RFC 6749 §3.1, §3.2: MUST). Empty where its grants define them,
    /// and at an endpoint that is none of the protocol's.
    /// </summary>
    public IReadOnlyCollection<string> Parameters { get; init; } = [];

    public ErrorStyle Errors { get; init; }

    /// <summary>The limit that its requests count to; null where they are not counted.</summary>
    public RateLimitedEndpoint? RateLimit { get; init; }

    /// <summary>Whether a browser's application of any origin may call it; never with cookies.</summary>
    public bool IsCrossOrigin { get; init; }
}

/// <summary>A slice's way in: it declares what it is, maps itself, and is found by its type.</summary>
internal interface IEndpoint
{
    static abstract EndpointDeclaration Declaration { get; }

    static abstract void Map(IEndpointRouteBuilder routes);
}
