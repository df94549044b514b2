using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Authly.Baselines;

/// <summary>An access token signed with ES256 for whoever posts, from Kestrel and routing alone: reads nothing, stores nothing.</summary>
internal static class Signed
{
    public static Task RunAsync(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var key = new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "key" };
        var credentials = new SigningCredentials(key, SecurityAlgorithms.EcdsaSha256);
        var handler = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false };
        app.MapGet("/ready", () => "ready");
        app.MapPost("/token", http =>
        {
            var now = DateTime.UtcNow;
            var token = handler.CreateToken(new SecurityTokenDescriptor
            {
                Issuer = "https://login.example.com",
                IssuedAt = now,
                Expires = now.AddMinutes(15),
                SigningCredentials = credentials,
                TokenType = "at+jwt",
                Claims = new Dictionary<string, object>
                {
                    ["aud"] = "https://orders.example",
                    ["scope"] = "orders.read",
                    ["jti"] = Guid.CreateVersion7().ToString(),
                    ["sub"] = "service",
                    ["client_id"] = "service",
                },
            });
            var body = Encoding.UTF8.GetBytes($$"""{"access_token":"{{token}}","token_type":"Bearer","expires_in":900}""");
            http.Response.ContentType = "application/json";
            http.Response.ContentLength = body.Length;
            return http.Response.Body.WriteAsync(body).AsTask();
        });
        return app.RunAsync();
    }
}
