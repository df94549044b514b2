using System.Diagnostics;
using System.Security.Claims;
using System.Text.Json;
using Authly.Infrastructure.AuthorizationServer.Rules;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Tokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer.Plain;

/// <summary>An access token, and what the answer says beside it.</summary>
internal sealed record PlainToken(string Value, long ExpiresIn, string? Scope)
{
    /// <summary>The members of a token response (RFC 6749 §5.1), in OpenIddict's order.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteString(Parameters.AccessToken, Value);
        writer.WriteString(Parameters.TokenType, TokenTypes.Bearer);
        writer.WriteNumber(Parameters.ExpiresIn, ExpiresIn);
        if (Scope is not null)
            writer.WriteString(Parameters.Scope, Scope);
    }
}

/// <summary>Makes a client's own access token and its row, as the long way does.</summary>
internal sealed class PlainTokens(
    SigningKeyRing ring, TokenWriter writer, Instruments instruments, AuthlyOptions options, TimeProvider time)
{
    /// <summary>Whether nothing has to be written beside the token: a grant that the audit log has rows of goes the long way.</summary>
    public bool MayIssue => options.Audit.Grants == AuditedGrants.People;

    public async Task<PlainToken> IssueAsync(PlainClient client, ClaimsPrincipal principal)
    {
        var (started, now) = (Stopwatch.GetTimestamp(), time.GetUtcNow());
        // Whole seconds, as they stand in the token.
        var (created, expires) = (Whole(now), Whole(now + options.Lifetimes.AccessToken));
        var row = new Token
        {
            Id = Guid.CreateVersion7(),
            CreationDate = created.UtcDateTime,
            ExpirationDate = expires.UtcDateTime,
            Status = TokenKinds.Of(TokenTypeIdentifiers.AccessToken).FirstStatus,
            Subject = client.Id,
            Type = TokenTypeIdentifiers.AccessToken,
        };
        var scope = principal.GetScopes() is { Length: > 0 } scopes ? string.Join(' ', scopes) : null;
        var said = new AccessTokenClaims(
            options.Issuer, principal.GetResources(), scope, row.Id.ToString(),
            [new Claim(Claims.Subject, client.Id), new Claim(Claims.ClientId, client.Id)]);
        var token = JsonWebTokens.Write(
            said, created.UtcDateTime, expires.UtcDateTime, ring.Active(SecurityAlgorithms.EcdsaSha256));
        instruments.TokenGenerated(TokenKind.Access, Stopwatch.GetElapsedTime(started), token.Length);

        var write = new TokenWrite();
        write.Tokens.Add(new TokenRow(row, client.Row.Id, FamilyId: null));
        await writer.WriteAsync(write);
        // As OpenIddict rounds it.
        return new PlainToken(token, (long)((expires - now).TotalSeconds + 0.5), scope);
    }

    private static DateTimeOffset Whole(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}
