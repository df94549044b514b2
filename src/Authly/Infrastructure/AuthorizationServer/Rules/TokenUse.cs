using System.Security.Claims;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>
/// Notes the code or refresh token that this request uses up: it is redeemed by the statement that also writes what is issued for it.
/// </summary>
internal sealed class RedeemToken(TokenWrite write) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        write.Redeems = Redeemed(context)?.GetTokenId() is { } id ? Guid.Parse(id) : null;
        return ValueTask.CompletedTask;
    }

    private static ClaimsPrincipal? Redeemed(ProcessSignInContext context)
    {
        var authentication = context.Transaction.GetProperty<ProcessAuthenticationContext>(typeof(ProcessAuthenticationContext).FullName!);
        if (context.EndpointType is not OpenIddictServerEndpointType.Token || authentication is null)
            return null;
        ClaimsPrincipal?[] presented =
            [authentication.AuthorizationCodePrincipal, authentication.DeviceCodePrincipal, authentication.RefreshTokenPrincipal,
                authentication.SubjectTokenPrincipal];
        return Array.Find(presented, token => token is not null
            && TokenKinds.Of(token.GetTokenType()).RedeemedBy == context.Request.GrantType);
    }
}

/// <summary>
/// Writes what was redeemed and issued, all of it or nothing, before a byte of the answer is: a fault spends nothing. Of parallel requests
/// with one token one wins; the losers end the family (RFC 9700 §2.2.2 and §4.14.2), unless <see cref="RefreshTokenGrace"/> hands them
/// the winner's refresh token.
/// </summary>
internal sealed class CommitTokens(
    TokenWrite write, TokenWriter writer, TokenReader reader, TokenFamilies families, RefreshTokenGrace grace, GrantAudit grants,
    AuditLog audit, IOpenIddictServerDispatcher dispatcher, IOpenIddictApplicationManager applications)
    : IOpenIddictServerHandler<ProcessSignInContext>
{
    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        var grantType = context.EndpointType is OpenIddictServerEndpointType.Token ? context.Request.GrantType : null;
        if (await grants.WriteAsync(write, grantType, context.ClientId, context.Principal!))
            return;

        // As it is now, not as this request found it when it came.
        var token = await reader.ReadAsync(new TokenKey(write.Redeems!.Value, Reference: null));
        grace.Measure(token);
        if (await grace.FindSuccessorAsync(token, context.ClientId, applications, context.CancellationToken) is { } successor)
        {
            await HandBackAsync(context, successor);
            return;
        }

        if (token is not { Status: Statuses.Redeemed })
        {
            context.Reject(Errors.InvalidGrant, "The token is no longer valid.");
            return;
        }

        if (TokenKinds.Of(token.Type).Replay is { } replay && token.FamilyId is { } family)
        {
            await families.RevokeAsync(family, CancellationToken.None);
            await audit.RecordAsync(new AuditEntry(replay, ActorKind.Anonymous)
            {
                Subject = context.Principal!.GetClaim(Claims.Subject),
                ClientId = context.ClientId,
            });
        }

        context.Reject(Errors.InvalidGrant, "The token has already been used.");
    }

    private async Task HandBackAsync(ProcessSignInContext context, Guid successor)
    {
        write.Tokens.RemoveAll(row => row.Token.Id == write.Successor);
        (write.Redeems, write.Successor, write.Audit) = (null, null, null);
        await writer.WriteAsync(write);

        var generation = new GenerateTokenContext(context.Transaction)
        {
            ClientId = context.ClientId,
            Principal = context.RefreshTokenPrincipal!.SetTokenId(successor.ToString()),
            TokenFormat = TokenFormats.Private.JsonWebToken,
            TokenType = TokenTypeIdentifiers.RefreshToken,
        };
        await dispatcher.DispatchAsync(generation);
        context.RefreshToken = generation.Token;
        await audit.RecordAsync(AuditEntry.ByClient(
            SecurityEvent.RefreshTokenGrace, context.ClientId, context.RefreshTokenPrincipal!.GetClaim(Claims.Subject)));
    }
}

/// <summary>
/// Revoking a refresh token takes its family along, the authorization first; an access token goes alone (RFC 7009 §2.1). Not cancellable:
/// whoever hangs up meanwhile meant it all the same.
/// </summary>
internal sealed class RevokeFamily(TokenFamilies families, AuditLog audit) : IOpenIddictServerHandler<HandleRevocationRequestContext>
{
    public async ValueTask HandleAsync(HandleRevocationRequestContext context)
    {
        var principal = context.GenericTokenPrincipal!;
        if (TokenKinds.Of(principal.GetTokenType()).StandsForItsFamily && principal.GetAuthorizationId() is { } family)
            await families.RevokeAsync(Guid.Parse(family), CancellationToken.None);
        else if (principal.GetTokenId() is { } id)
            await families.RevokeTokenAsync(Guid.Parse(id), CancellationToken.None);
        await audit.RecordAsync(AuditEntry.ByClient(
            SecurityEvent.TokenRevoked, context.Request.ClientId, principal.GetClaim(Claims.Subject)));
    }
}
