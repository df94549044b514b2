using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Authly.Tests.Harness;
using Microsoft.IdentityModel.Tokens;

namespace Authly.Tests.Features.Token;

/// <summary>What two answers to one request must have in common: all but what is each grant's own.</summary>
internal static class BothWays
{
    // What is the request's own: no two answers to one request have it in common.
    private static readonly string[] OfEachGrant = ["jti", "iat", "nbf", "exp", "auth_time", "sid", "at_hash"];

    public static string HeadersOf(HttpResponseMessage answer) => string.Join('\n', answer.Headers.NonValidated
        .Concat(answer.Content.Headers.NonValidated).Where(header => header.Key is not ("Date" or "Content-Length"))
        .Select(header => $"{header.Key}: {header.Value}").Order(StringComparer.Ordinal));

    /// <summary>The body, with the tokens in it taken apart; members in their order, spelled as they are.</summary>
    public static string Normalized(string body)
    {
        if (!body.StartsWith('{'))
            return body;
        var json = JsonNode.Parse(body)!.AsObject();
        if (json["access_token"]?.GetValue<string>() is { } token)
        {
            var claims = Jwt.Claims(token);
            json["access_token"] = $"{Jwt.HeaderText(token)} {Without(claims)} {(long)claims["exp"]! - (long)claims["iat"]!}";
            // A second may have begun in between.
            Assert.InRange((long)json["expires_in"]!, 899, 900);
            json["expires_in"] = 900;
            if (json["id_token"]?.GetValue<string>() is { } idToken)
            {
                var said = Jwt.Claims(idToken);
                Assert.Equal(Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(token)).AsSpan(0, 16).ToArray()),
                    (string)said["at_hash"]!);
                json["id_token"] = $"{Jwt.HeaderText(idToken)} {Without(said)} {(long)said["exp"]! - (long)said["iat"]!}";
            }

            // What it says is encrypted, and as long as what the other says.
            if (json["refresh_token"]?.GetValue<string>() is { } refreshToken)
                json["refresh_token"] = refreshToken.Length;
        }

        return Without(json);
    }

    private static string Without(JsonObject json) => string.Join(',', json.Select(member =>
        $"{member.Key}:{(OfEachGrant.Contains(member.Key) && !json.ContainsKey("active") ? "?" : member.Value?.ToJsonString())}"));
}
