using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Authly.Infrastructure.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.EntityFrameworkCore.Models;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>Gives a code, and what will come of it, an authorization of its own: the root of a token family. It is written with the request's tokens.</summary>
internal sealed class AttachFamily(TokenWrite write, IOpenIddictApplicationManager clients, TimeProvider time) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (!(context.GenerateAuthorizationCode || context.GenerateRefreshToken) || context.Principal!.GetAuthorizationId() is not null)
            return;

        var authorization = new OpenIddictEntityFrameworkCoreAuthorization<Guid>
        {
            Id = Guid.CreateVersion7(),
            CreationDate = time.GetUtcNow().UtcDateTime,
            Scopes = JsonSerializer.Serialize(context.Principal!.GetScopes().ToArray()),
            Status = Statuses.Valid,
            Subject = context.Principal!.GetClaim(Claims.Subject),
            Type = AuthorizationTypes.AdHoc,
        };
        write.Authorization = new AuthorizationRow(authorization, await clients.KeyOfAsync(context.Request.ClientId, context.CancellationToken));
        context.Principal!.SetAuthorizationId(authorization.Id.ToString());
    }
}

/// <summary>An access token is for what the token request narrows it to; what was granted stays in the refresh token (RFC 8707 §2.2).</summary>
internal sealed class NarrowAudience : IOpenIddictServerHandler<ProcessSignInContext>
{
    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context is { EndpointType: OpenIddictServerEndpointType.Token, AccessTokenPrincipal: { } token } && context.Request.GetResources() is { Length: > 0 } resources)
            token.SetAudiences(resources);
        return ValueTask.CompletedTask;
    }
}

/// <summary>
/// Gives a token an id and the row that revocation and redemption need. Access tokens have one too, however short they live: RFC 7009 and 7662 promise that a revoked one
/// is inactive at once. It is written with the request's other rows.
/// </summary>
internal sealed class AttachTokenEntry(TokenWrite write, IOpenIddictApplicationManager clients) : IOpenIddictServerHandler<GenerateTokenContext>
{
    public async ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (!context.CreateTokenEntry)
            return;
        var principal = context.Principal;
        var token = new OpenIddictEntityFrameworkCoreToken<Guid>
        {
            Id = Guid.CreateVersion7(),
            CreationDate = principal.GetCreationDate()?.UtcDateTime,
            ExpirationDate = principal.GetExpirationDate()?.UtcDateTime,
            Status = Statuses.Valid,
            Subject = principal.GetClaim(Claims.Subject),
            Type = context.TokenType,
        };
        write.Tokens.Add(new TokenRow(token, await clients.KeyOfAsync(context.ClientId, context.CancellationToken),
            principal.GetAuthorizationId() is { } authorization ? Guid.Parse(authorization) : null));
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
        if (!context.IsReferenceToken)
            return ValueTask.CompletedTask;
        var token = write.Tokens.Single(row => row.Token.Id.ToString() == context.Principal.GetTokenId()).Token;
        token.Payload = context.Token;
        context.Token = TokenReference.New();
        token.ReferenceId = TokenReference.HashOf(context.Token);
        return ValueTask.CompletedTask;
    }
}

/// <summary>256 random bits in 43 characters.</summary>
internal static class TokenReference
{
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static bool IsOne(string token) => token.Length == 43;

    public static string HashOf(string reference) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(reference)));
}

internal static class ClientKeys
{
    /// <summary>The key of a client's row.</summary>
    public static async ValueTask<Guid?> KeyOfAsync(this IOpenIddictApplicationManager clients, string? clientId, CancellationToken cancellationToken) =>
        clientId is not null && await clients.FindByClientIdAsync(clientId, cancellationToken) is OpenIddictEntityFrameworkCoreApplication<Guid> client ? client.Id : null;
}
