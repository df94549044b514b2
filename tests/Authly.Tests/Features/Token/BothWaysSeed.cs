using System.Text.Json.Nodes;
using Authly.Tests.Harness;

namespace Authly.Tests.Features.Token;

/// <summary>The usual clients, and some that only a condition of the plain way tells apart.</summary>
internal static class BothWaysSeed
{
    private static readonly string[] Clients =
    [
        """
        { "client_id": "by-post", "client_secret": "by-post-secret-for-tests", "grant_types": ["client_credentials"],
          "scope": "orders.read", "token_endpoint_auth_method": "client_secret_post" }
        """,
        """
        { "client_id": "generated", "client_secret": "authly_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
          "grant_types": ["client_credentials"], "scope": "orders.read orders.write phone" }
        """,
        """
        { "client_id": "sticky", "client_secret": "sticky-secret-for-tests", "skip_consent": true, "require_offline_access": false,
          "redirect_uris": ["http://localhost:5999/callback"], "scope": "openid profile email offline_access orders.read",
          "grant_types": ["authorization_code", "refresh_token"] }
        """,
        """
        { "client_id": "graced", "client_secret": "graced-secret-for-tests", "skip_consent": true, "refresh_token_grace": 1800,
          "redirect_uris": ["http://localhost:5999/callback"], "scope": "openid profile email offline_access orders.read",
          "grant_types": ["authorization_code", "refresh_token"] }
        """,
        """
        { "client_id": "narrowed", "client_secret": "narrowed-secret-for-tests", "skip_consent": true,
          "redirect_uris": ["http://localhost:5999/callback"], "scope": "openid profile email offline_access orders.read",
          "grant_types": ["authorization_code", "refresh_token"] }
        """,
        """
        { "client_id": "unproven", "client_secret": "unproven-secret-for-tests", "skip_consent": true, "require_pkce": false,
          "redirect_uris": ["http://localhost:5999/callback"], "scope": "openid profile email offline_access orders.read",
          "grant_types": ["authorization_code", "refresh_token"] }
        """,
        """
        { "client_id": "lapsed", "client_secret": "lapsed-secret-for-tests", "skip_consent": true,
          "redirect_uris": ["http://localhost:5999/callback"], "scope": "openid profile email offline_access orders.read",
          "grant_types": ["authorization_code", "refresh_token"] }
        """,
    ];

    /// <summary>The path of a file with them.</summary>
    public static async Task<string> WriteAsync()
    {
        var seed = JsonNode.Parse(await File.ReadAllTextAsync(AuthlyServer.SeedFile))!;
        foreach (var client in Clients)
            seed["clients"]!.AsArray().Add(JsonNode.Parse(client));
        // One that only a person can grant, and that reaches an API all the same.
        seed["scopes"]!.AsArray().Add(JsonNode.Parse("""{ "name": "phone", "resources": ["https://phones.example"] }"""));
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, seed.ToJsonString());
        return path;
    }
}
