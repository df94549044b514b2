using System.Security.Claims;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>A code is a random reference: what it says is in its entry, found by the hash of the reference.</summary>
internal sealed class FindReferencedToken(TokenEntries entries) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (!TokenReference.IsOne(context.Token)
            || await entries.FindByReferenceAsync(TokenReference.HashOf(context.Token)) is not { Payload: { } payload } entry)
        {
            return;
        }

        if (context.ValidTokenTypes.Count > 0 && !context.ValidTokenTypes.Contains(entry.Type!))
        {
            context.Reject(Errors.InvalidToken, "The token is not one of the kind that is expected here.");
            return;
        }

        context.IsReferenceToken = true;
        context.Token = payload;
        context.TokenId = entry.Id.ToString();
    }
}

/// <summary>What the entry knows better than the token: when it ends, and which family it is of.</summary>
internal sealed class RestoreTokenEntry(TokenEntries entries) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        // An access token says its id as jti (RFC 9068 §2.2).
        if ((context.Principal?.GetTokenId() ?? context.Principal?.GetClaim(Claims.JwtId)) is not { Length: > 0 } id)
            return;
        // Threat: what is in an entry's payload is not a token by itself; only its reference is.
        if (!Guid.TryParse(id, out var key) || await entries.FindAsync(key) is not { } entry
            || entry.ReferenceId is not null != context.IsReferenceToken)
        {
            context.Reject(Errors.InvalidToken, "The token is no longer valid.");
            return;
        }

        context.TokenId = id;
        context.AuthorizationId = entry.FamilyId?.ToString();
        entry.Restore(context.Principal!);
    }
}

internal static class EntryClaims
{
    /// <summary>Says what the entry knows in the place of what the token says.</summary>
    public static ClaimsPrincipal Restore(this TokenEntry entry, ClaimsPrincipal principal) =>
        principal.SetTokenId(entry.Id.ToString()).SetTokenType(entry.Type).SetAuthorizationId(entry.FamilyId?.ToString())
            .SetCreationDate(entry.CreatedAt).SetExpirationDate(entry.ExpiresAt);
}

/// <summary>
/// A token is good while its entry and its family's say so. One that comes back to the token endpoint after it was used was stolen or
/// replayed: its family ends (RFC 6749 §4.1.2, RFC 9700 §4.14.2). Asking about a used token elsewhere changes nothing.
/// </summary>
internal sealed class ValidateTokenStatus(TokenEntries entries, TokenFamilies families, RefreshTokenGrace grace,
    IOpenIddictApplicationManager applications, AuditLog audit) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.TokenId is not { Length: > 0 } id)
            return;
        var entry = await entries.FindAsync(Guid.Parse(id));
        if (entry is { Status: Statuses.Valid, FamilyStatus: null or Statuses.Valid })
            return;
        // Who comes in grace goes on, and loses against the redemption that was first.
        if (context.EndpointType is OpenIddictServerEndpointType.Token
            && await grace.CoversAsync(entry, context.Request?.ClientId, applications, context.CancellationToken))
            return;

        if (context.EndpointType is OpenIddictServerEndpointType.Token)
            grace.Measure(entry);
        // A used refresh token still stands for its family: whoever revokes it ends that (RFC 7009 §2.1).
        if (context.EndpointType is OpenIddictServerEndpointType.Revocation
            && entry is { Status: Statuses.Redeemed, FamilyStatus: Statuses.Valid }
            && TokenKinds.Of(entry.Type).StandsForItsFamily)
        {
            return;
        }

        var isUsed = entry?.Status == Statuses.Redeemed;
        // Threat: else whoever finds an old code in a history could sign its person out, in the name of any public client.
        if (isUsed && context.EndpointType is OpenIddictServerEndpointType.Token && entry!.FamilyId is { } family
            && TokenKinds.Of(entry.Type).Replay is { } replay
            && context.Request?.ClientId is { Length: > 0 } presenter && context.Principal!.HasPresenter(presenter))
        {
            await families.RevokeAsync(family, CancellationToken.None);
            await audit.RecordAsync(new AuditEntry(replay, ActorKind.Anonymous)
            {
                Subject = context.Principal!.GetClaim(Claims.Subject),
                ClientId = presenter,
            });
        }

        context.Reject(Errors.InvalidToken, isUsed ? "The token has already been used." : "The token is no longer valid.");
    }
}

/// <summary>
/// What speaks for a person whose account is disabled is not active (RFC 7662 §2.2). Elsewhere the features ask themselves.
/// </summary>
internal sealed class ValidateTokenAccount(UserAccounts accounts) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        // What a client was given for itself has no family.
        if (context is { EndpointType: OpenIddictServerEndpointType.Introspection, AuthorizationId: not null, Principal: { } principal }
            && TokenKinds.Of(principal.GetTokenType()).ChecksAccount && !await accounts.IsActiveAsync(principal.GetClaim(Claims.Subject)))
        {
            context.Reject(Errors.InvalidToken, "The account is no longer active.");
        }
    }
}
