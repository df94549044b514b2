using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Seeding;
using MediatR;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.IdentityModel.Tokens;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Features.TryIt;

/// <summary>Begins an authorization code flow with PKCE, as the demo client's code would.</summary>
internal static class StartTryIt
{
    public sealed record Command : IRequest<Response>;

    /// <summary>Where the browser goes, and what the client remembers meanwhile, sealed for a cookie.</summary>
    public sealed record Response(string AuthorizationUrl, string SealedState);

    /// <summary>What the client compares when the person comes back.</summary>
    public sealed record State(string Value, string Nonce, string CodeVerifier);

    public static ITimeLimitedDataProtector Protector(IDataProtectionProvider protection) =>
        protection.CreateProtector("Authly.TryIt.v1").ToTimeLimitedDataProtector();

    public sealed class Handler(AuthlyOptions options, IDataProtectionProvider protection) : IRequestHandler<Command, Response>
    {
        public Task<Response> Handle(Command command, CancellationToken cancellationToken)
        {
            var state = new State(Random(), Random(), Random());
            var query = QueryString.Create(new Dictionary<string, string?>
            {
                [Parameters.ClientId] = FirstRun.DemoClientId,
                [Parameters.RedirectUri] = options.Issuer + FirstRun.DemoPath,
                [Parameters.ResponseType] = ResponseTypes.Code,
                [Parameters.Scope] = $"{Scopes.OpenId} {Scopes.Profile} {Scopes.Email} {Scopes.OfflineAccess}",
                [Parameters.State] = state.Value,
                [Parameters.Nonce] = state.Nonce,
                [Parameters.CodeChallenge] = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(state.CodeVerifier))),
                [Parameters.CodeChallengeMethod] = CodeChallengeMethods.Sha256,
            });
            return Task.FromResult(new Response($"{options.Issuer}{Declared.PathOf(OAuthEndpoint.Authorization)}{query}",
                Protector(protection).Protect(JsonSerializer.Serialize(state), TimeSpan.FromMinutes(30))));
        }

        private static string Random() => Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));
    }
}
