using System.Text.Json;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>
/// Gives a code, and what will come of it, an authorization of its own: the root of a token family. It is written with the request's
/// tokens.
/// </summary>
internal sealed class AttachFamily(TokenWrite write, IOpenIddictApplicationManager clients, TimeProvider time)
    : IOpenIddictServerHandler<ProcessSignInContext>
{
    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (!(context.GenerateAuthorizationCode || context.GenerateRefreshToken) || context.Principal!.GetAuthorizationId() is not null)
            return;

        var family = new Authorization
        {
            Id = Guid.CreateVersion7(),
            CreationDate = time.GetUtcNow().UtcDateTime,
            Scopes = JsonSerializer.Serialize(context.Principal!.GetScopes().ToArray()),
            Status = Statuses.Valid,
            Subject = context.Principal!.GetClaim(Claims.Subject),
            Type = AuthorizationTypes.AdHoc,
            SessionId = Guid.TryParse(context.Principal!.GetClaim(SessionClaims.Id), out var session) ? session : null,
            RequestedClaims = context.Principal!.GetClaim(GrantedClaims.Carrier),
        };
        context.Principal!.RemoveClaims(GrantedClaims.Carrier);
        write.Family = new FamilyRow(family, await clients.KeyOfAsync(context.Request.ClientId, context.CancellationToken));
        context.Principal!.SetAuthorizationId(family.Id.ToString());
    }
}

/// <summary>
/// An access token is for what the token request narrows it to; what was granted stays in the refresh token (RFC 8707 §2.2). Its scopes
/// mean something to its audience, and its audience is reached by its scopes (RFC 9068 §2.2.3). Threat: an API that looks at one of them.
/// </summary>
internal sealed class NarrowAudience(Audiences audiences) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context is not { EndpointType: OpenIddictServerEndpointType.Token, AccessTokenPrincipal: { } token })
            return;
        var cancellationToken = context.CancellationToken;
        if (context.Request.GetResources() is { Length: > 0 } resources)
        {
            token.SetAudiences(resources);
            token.SetScopes(await audiences.ScopesForAsync(token.GetScopes(), resources, cancellationToken));
        }
        else if (context.Request.GetScopes() is { Length: > 0 }
            && await audiences.ForAsync(token.GetScopes(), [], cancellationToken) is { } reached
            && token.GetAudiences().Intersect(reached).ToList() is { Count: > 0 } narrowed)
        {
            token.SetAudiences([.. narrowed]);
        }
    }
}

/// <summary>
/// Gives a token an id and, where its kind has one, the row that revocation and redemption need. Access tokens have one too, however short
/// they live: RFC 7009 and 7662 promise that a revoked one is inactive at once. It is written with the request's other rows.
/// </summary>
internal sealed class AttachTokenEntry(TokenWrite write, IOpenIddictApplicationManager clients)
    : IOpenIddictServerHandler<GenerateTokenContext>
{
    public async ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (!context.CreateTokenEntry || TokenKinds.Of(context.TokenType).FirstStatus is not { } status)
            return;
        var principal = context.Principal;
        var token = new Token
        {
            Id = Guid.CreateVersion7(),
            CreationDate = principal.GetCreationDate()?.UtcDateTime,
            ExpirationDate = principal.GetExpirationDate()?.UtcDateTime,
            Status = status,
            Subject = principal.GetClaim(Claims.Subject),
            Type = context.TokenType,
        };
        write.Tokens.Add(new TokenRow(token, await clients.KeyOfAsync(context.ClientId, context.CancellationToken),
            principal.GetAuthorizationId() is { } family ? Guid.Parse(family) : null));
        principal.SetTokenId(token.Id.ToString());
        if (context.TokenType == TokenTypeIdentifiers.RefreshToken && context.Request?.IsRefreshTokenGrantType() is true)
            write.Successor = token.Id;
    }
}

/// <summary>Puts what a code says into its entry, and in its place gives out a random reference of which the entry has the hash.</summary>
internal sealed class AttachReference(TokenWrite write) : IOpenIddictServerHandler<GenerateTokenContext>
{
    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (TokenKinds.Of(context.TokenType).Reference == ReferenceForm.None)
            return ValueTask.CompletedTask;
        var token = write.Tokens.Single(row => row.Token.Id.ToString() == context.Principal.GetTokenId()).Token;
        token.Payload = context.Token;
        context.Token = TokenReference.New();
        token.ReferenceId = TokenReference.HashOf(context.Token);
        return ValueTask.CompletedTask;
    }
}

internal static class ClientKeys
{
    /// <summary>The key of a client's row.</summary>
    public static async ValueTask<Guid?> KeyOfAsync(
        this IOpenIddictApplicationManager clients, string? clientId, CancellationToken cancellationToken) =>
        clientId is not null && await clients.FindByClientIdAsync(clientId, cancellationToken) is Client client ? client.Id : null;
}
