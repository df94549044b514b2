namespace Authly.Load;

/// <summary>How Authly is set up for all that is measured here: as in Production, with a client for each kind of request.</summary>
internal static class ServerSettings
{
    public const string Secret = "authly_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    /// <summary>What the client that administers may read.</summary>
    public const string AdminScopes = "admin:clients:read admin:people:read admin:grants:read admin:audit:read admin:status:read";

    /// <summary>Writes the seed file into the folder; returns environment variables.</summary>
    public static async Task<Dictionary<string, string>> WriteAsync(string folder, int port, int metrics, string database)
    {
        var seed = Path.Combine(folder, "seed.json");
        await File.WriteAllTextAsync(seed, $$"""
            {
              "scopes": [ { "name": "orders.read", "description": "Read orders", "resources": ["https://orders.example"] } ],
              "clients": [
                { "client_id": "service", "client_secret": "{{Secret}}", "grant_types": ["client_credentials"], "scope": "orders.read" },
                { "client_id": "chosen", "client_secret": "a-secret-that-somebody-chose", "grant_types": ["client_credentials"],
                  "scope": "orders.read" },
                { "client_id": "operations", "client_secret": "{{Secret}}", "grant_types": ["client_credentials"],
                  "scope": "{{AdminScopes}}" },
                { "client_id": "web", "client_secret": "{{Secret}}", "redirect_uris": ["https://app.example/callback"],
                  "grant_types": ["authorization_code", "refresh_token"], "skip_consent": true, "id_token_signed_response_alg": "ES256" }
              ],
              "users": [ { "username": "alice", "password": "correct horse battery" } ]
            }
            """);
        return new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["Urls"] = $"http://127.0.0.1:{port}",
            ["Authly__Issuer"] = "https://login.example.com",
            ["Authly__KeyEncryption__Key"] = Convert.ToBase64String(new byte[32]),
            ["Authly__Metrics__Port"] = $"{metrics}",
            ["Authly__Seed__File"] = seed,
            ["ConnectionStrings__Authly"] = database,
            // Longer than any benchmark takes: one that asks about a token asks about an active one.
            ["Authly__Lifetimes__AccessToken"] = "06:00:00",
            // All load is from one address and one client: the limits are there and count, and let it through.
            ["Authly__RateLimits__Token__PerAddress"] = "100000000",
            ["Authly__RateLimits__Token__PerClient"] = "100000000",
            ["Authly__RateLimits__Introspection__PerAddress"] = "100000000",
            ["Authly__RateLimits__Introspection__PerClient"] = "100000000",
            ["Authly__RateLimits__Authorization__PerAddress"] = "100000000",
        };
    }
}
