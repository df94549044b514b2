using System.Security.Claims;
using Authly.Infrastructure.Protocol;
using MediatR;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Mediation;

/// <summary>
/// A grant of the token endpoint, as its slice declares it. OpenIddict's flows, discovery, what clients may register and the metrics'
/// labels derive from it.
/// </summary>
/// <param name="Type">The value of <c>grant_type</c>.</param>
internal sealed record GrantDeclaration(string Type)
{
    /// <summary>The name as a metric's label.</summary>
    public GrantType Label { get; } = GrantType.Declare(Type);

    /// <summary>
    /// The parameters that the grant defines, beside <c>grant_type</c> and those that authenticate the client; all others are ignored (RFC
    /// 6749 §3.2).
    /// </summary>
    public required IReadOnlyCollection<string> Parameters { get; init; }

    /// <summary>Whether a client without credentials may register it.</summary>
    public bool IsForPublicClients { get; init; }

    /// <summary>
    /// The <c>response_type</c> of the authorization request that the grant begins with; null where it begins at the token endpoint.
    /// </summary>
    public string? ResponseType { get; init; }
}

/// <summary>A token request that OpenIddict has validated, as plain values.</summary>
/// <param name="Principal">What the code, refresh token or other credential says; empty where the grant has none.</param>
internal sealed record TokenRequest(
    ClaimsPrincipal Principal, string ClientId, IReadOnlyCollection<string> Scopes, IReadOnlyCollection<string> Resources,
    OpenIddictRequest Message);

/// <summary>A slice that is a grant: found by its type, and asked by the token endpoint.</summary>
internal interface IGrant
{
    static abstract GrantDeclaration Declaration { get; }

    /// <summary>The slice's own request.</summary>
    static abstract IRequest<Grant> Read(TokenRequest request);
}

/// <summary>What a grant came to: the principal that the tokens shall describe, or the refusal.</summary>
internal sealed record Grant(ClaimsPrincipal? Principal, Refusal? Refusal = null) : IPersonOutcome
{
    /// <summary>The person that the tokens speak for; a client has no session.</summary>
    public Guid? PersonId => Principal?.FindFirst(SessionClaims.Id) is not null
        && Guid.TryParse(Principal.FindFirst(Claims.Subject)?.Value, out var id) ? id : null;

    public ProtocolError? Error => Refusal?.Error;

    public static Grant Refused(ProtocolError error, string description) => new(Principal: null, new Refusal(error, description));
}
