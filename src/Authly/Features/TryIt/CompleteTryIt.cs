using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Seeding;
using MediatR;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.IdentityModel.Tokens;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Features.TryIt;

/// <summary>Ends the demo client's flow over HTTP, as any client would: redeems the code, decodes the tokens, asks userinfo.</summary>
internal static class CompleteTryIt
{
    public sealed record Query(string? Code, string? State, string? SealedState) : IRequest<Response>;

    /// <summary>What came back, as JSON to read; or why nothing did.</summary>
    public sealed record Response(IReadOnlyList<Part> Parts, ProtocolError? Error) : IOutcome;

    public sealed record Part(string Title, string Json);

    public sealed class Handler(IHttpClientFactory clients, AuthlyOptions options, IDataProtectionProvider protection)
        : IRequestHandler<Query, Response>
    {
        private static readonly JsonSerializerOptions Indented =
            new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

        public async Task<Response> Handle(Query query, CancellationToken cancellationToken)
        {
            if (query.Code is null || Unseal(query.SealedState) is not { } state || state.Value != query.State)
                return new Response([], ProtocolError.InvalidRequest);

            using var client = clients.CreateClient();
            using var form = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                [Parameters.GrantType] = GrantTypes.AuthorizationCode,
                [Parameters.ClientId] = FirstRun.DemoClientId,
                [Parameters.RedirectUri] = options.Issuer + FirstRun.DemoPath,
                [Parameters.Code] = query.Code,
                [Parameters.CodeVerifier] = state.CodeVerifier,
            });
            using var answer = await client.PostAsync(
                new Uri(options.Issuer + Declared.PathOf(OAuthEndpoint.Token)), form, cancellationToken);
            var tokens = (await answer.Content.ReadFromJsonAsync<JsonObject>(cancellationToken))!;
            if (!answer.IsSuccessStatusCode)
                return new Response([new Part("Token endpoint", tokens.ToJsonString(Indented))], ProtocolError.InvalidGrant);

            using var request = new HttpRequestMessage(HttpMethod.Get, options.Issuer + Declared.PathOf(OAuthEndpoint.Userinfo));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens[Parameters.AccessToken]!.GetValue<string>());
            using var userinfo = await client.SendAsync(request, cancellationToken);
            var claims = await userinfo.Content.ReadFromJsonAsync<JsonObject>(cancellationToken);
            var idToken = Decode(tokens[Parameters.IdToken]!.GetValue<string>(), 1);
            if (idToken[Claims.Nonce]?.GetValue<string>() != state.Nonce)
                return new Response([], ProtocolError.InvalidToken);

            return new Response(
            [
                new Part("Id token: who signed in", idToken.ToJsonString(Indented)),
                new Part("Access token: what the client may do", Decode(tokens[Parameters.AccessToken]!.GetValue<string>(), 1)
                    .ToJsonString(Indented)),
                new Part("Userinfo: what the scopes let it read", claims!.ToJsonString(Indented)),
                new Part("Token endpoint's answer", Shorten(tokens).ToJsonString(Indented)),
            ], Error: null);
        }

        private StartTryIt.State? Unseal(string? text)
        {
            try
            {
                return text is null ? null : JsonSerializer.Deserialize<StartTryIt.State>(StartTryIt.Protector(protection).Unprotect(text));
            }
            catch (CryptographicException)
            {
                return null;
            }
        }

        private static JsonObject Decode(string jwt, int part) => JsonNode.Parse(Base64UrlEncoder.Decode(jwt.Split('.')[part]))!.AsObject();

        private static JsonObject Shorten(JsonObject tokens)
        {
            foreach (var name in new[] { Parameters.AccessToken, Parameters.IdToken, Parameters.RefreshToken })
            {
                if (tokens[name]?.GetValue<string>() is { Length: > 24 } token)
                    tokens[name] = token[..24] + "…";
            }

            return tokens;
        }
    }
}
