using System.Text;
using Authly.Tests.Harness;

namespace Authly.Tests.Features.Token;

/// <summary>Tokens of every kind and fate, by name.</summary>
internal sealed record TokensOfEveryFate(IReadOnlyDictionary<string, string> Tokens)
{
    public static async Task<TokensOfEveryFate> MakeAsync(AuthlyServer server, SharedDatabase shared)
    {
        const string Scopes = "openid profile email offline_access orders.read";
        var form = new { grant_type = "client_credentials", scope = "orders.read" };
        var person = await server.TokensAsync(scope: Scopes);
        var (revoked, ended, old) = (await server.TokensAsync(scope: Scopes), await server.TokensAsync(scope: Scopes),
            await server.TokensAsync(scope: Scopes));
        await server.PostAsync("/oauth/revoke", new { token = revoked["access_token"]! }, Flows.Web);
        await server.PostAsync("/oauth/revoke", new { token = ended["refresh_token"]! }, Flows.Web);
        await shared.ExecuteAsync($"""
            update tokens set "ExpirationDate" = "CreationDate" where "Id" = '{IdOf(old["access_token"]!, shared.Kind)}'
            """);
        var early = await server.TokensAsync(scope: Scopes);
        await shared.ExecuteAsync($"""
            update tokens set "CreationDate" = "ExpirationDate" where "Id" = '{IdOf(early["access_token"]!, shared.Kind)}'
            """);
        using var alice = new Person(server);
        var asking = new AuthorizationRequest("web", "openid").With("claims", """{"userinfo":{"email":null}}""");
        var asked = await server.RedeemAsync((await alice.AuthorizeAsync(asking))["code"], asking.Verifier);
        using var bob = new Person(server, "bob");
        var request = new AuthorizationRequest("web", Scopes);
        var disabled = await server.RedeemAsync((await bob.AuthorizeAsync(request))["code"], request.Verifier);
        await shared.ExecuteAsync("""update users set "IsDisabled" = true where "NormalizedUsername" = 'bob'""");
        // Without its tokens, as nothing here does it.
        var lone = await server.TokensAsync(scope: Scopes);
        await shared.ExecuteAsync($"""
            update authorizations set "Status" = 'revoked'
            where "Id" = (select "AuthorizationId" from tokens where "Id" = '{IdOf(lone["access_token"]!, shared.Kind)}')
            """);
        var client = (await server.PostAsync("/oauth/token", form, "service:service-secret-for-tests"))["access_token"]!;
        var (head, rest) = (client[..client.LastIndexOf('.')], client[client.LastIndexOf('.')..]);
        return new TokensOfEveryFate(new Dictionary<string, string>
        {
            ["client"] = client,
            ["person"] = person["access_token"]!,
            ["openid"] = (await server.TokensAsync())["access_token"]!,
            ["asked one by one"] = asked["access_token"]!,
            ["not of OpenID"] = (await server.TokensAsync(scope: "offline_access orders.read"))["access_token"]!,
            ["for nobody else, not of OpenID"] = (await server.TokensAsync(scope: "offline_access"))["access_token"]!,
            ["for an API"] = (await server.PostAsync("/oauth/token", new
            {
                grant_type = "refresh_token",
                refresh_token = (await server.TokensAsync(scope: Scopes))["refresh_token"]!,
                resource = "https://orders.example",
            }, Flows.Web))["access_token"]!,
            ["revoked"] = revoked["access_token"]!,
            ["family ended"] = ended["access_token"]!,
            ["only the family ended"] = lone["access_token"]!,
            ["early"] = early["access_token"]!,
            ["expired"] = old["access_token"]!,
            ["disabled"] = disabled["access_token"]!,
            ["refresh"] = person["refresh_token"]!,
            ["id"] = person["id_token"]!,
            ["forged"] = head + "." + new string('A', rest.Length - 1),
            ["cut"] = head,
            ["unsigned"] = $"{Base64("""{"alg":"none","typ":"at+jwt"}""")}.{client.Split('.')[1]}.",
            ["other signature"] = head + person["access_token"]![person["access_token"]!.LastIndexOf('.')..],
            ["garbage"] = "garbage",
            ["long"] = new string('x', 5000),
        });
    }

    private static string IdOf(string token, Database database) =>
        Jwt.Payload(token).GetProperty("jti").GetString() is var id && database == Database.Postgres ? id! : id!.ToUpperInvariant();

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=');
}
