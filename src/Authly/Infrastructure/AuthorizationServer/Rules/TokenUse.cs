using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Tokens;
using MediatR;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>Notes the code or refresh token that this request uses up: it is redeemed by the statement that also writes what is issued for it.</summary>
internal sealed class RedeemToken(TokenWrite write) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        write.Redeems = Redeemed(context)?.GetTokenId() is { } id ? Guid.Parse(id) : null;
        return ValueTask.CompletedTask;
    }

    public static System.Security.Claims.ClaimsPrincipal? Redeemed(ProcessSignInContext context)
    {
        var authentication = context.Transaction.GetProperty<ProcessAuthenticationContext>(typeof(ProcessAuthenticationContext).FullName!);
        return context.EndpointType is not OpenIddictServerEndpointType.Token ? null
            : context.Request.IsAuthorizationCodeGrantType() ? authentication?.AuthorizationCodePrincipal
            : context.Request.IsRefreshTokenGrantType() ? authentication?.RefreshTokenPrincipal
            : null;
    }
}

/// <summary>
/// Writes what was redeemed and issued, all of it or nothing, before a byte of the answer is: a fault spends nothing. Of parallel requests with one token one wins; the losers
/// end the family (RFC 9700 §2.2.2 and §4.14.2), unless <see cref="RefreshTokenGrace"/> hands them the winner's refresh token.
/// </summary>
internal sealed class CommitTokens(TokenWrite write, TokenWriter writer, TokenReader reader, TokenFamilies families, RefreshTokenGrace grace, IOpenIddictServerDispatcher dispatcher,
    IMediator mediator)
    : IOpenIddictServerHandler<ProcessSignInContext>
{
    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (await writer.WriteAsync(write))
            return;

        // As it is now, not as this request found it when it came.
        var token = await reader.ReadAsync(new TokenKey(write.Redeems!.Value, Reference: null));
        if (await grace.FindSuccessorAsync(token) is { } successor)
        {
            await HandBackAsync(context, successor);
            return;
        }

        if (token is not { Status: Statuses.Redeemed })
        {
            context.Reject(Errors.InvalidGrant, "The token is no longer valid.");
            return;
        }

        await mediator.Publish(context.Request.IsRefreshTokenGrantType() ? SecurityEvent.RefreshTokenReuse : SecurityEvent.CodeReplay, CancellationToken.None);
        if (token.AuthorizationId is { } family)
            await families.RevokeAsync(family, CancellationToken.None);
        context.Reject(Errors.InvalidGrant, "The token has already been used.");
    }

    private async Task HandBackAsync(ProcessSignInContext context, Guid successor)
    {
        write.Tokens.RemoveAll(row => row.Token.Id == write.Successor);
        (write.Redeems, write.Successor) = (null, null);
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
        await mediator.Publish(SecurityEvent.RefreshTokenGrace, CancellationToken.None);
    }
}

/// <summary>Revoking a refresh token takes its family along, the authorization first; an access token goes alone (RFC 7009 §2.1). Whoever hangs up meanwhile meant it all the same.</summary>
internal sealed class RevokeFamily(TokenFamilies families) : IOpenIddictServerHandler<HandleRevocationRequestContext>
{
    public async ValueTask HandleAsync(HandleRevocationRequestContext context)
    {
        var principal = context.GenericTokenPrincipal!;
        if (principal.HasTokenType(TokenTypeIdentifiers.RefreshToken) && principal.GetAuthorizationId() is { } authorization)
            await families.RevokeAsync(Guid.Parse(authorization), CancellationToken.None);
        else if (principal.GetTokenId() is { } id)
            await families.RevokeTokenAsync(Guid.Parse(id), CancellationToken.None);
    }
}
