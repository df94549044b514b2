using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

public sealed class PrivacyTests
{
    [Theory, OnEachDatabase]
    public async Task No_secret_token_code_or_name_reaches_a_log_or_a_metric(Database database)
    {
        // Everything that the framework would say at Information, said.
        await using var server = await AuthlyServer.StartAsync(database, new Dictionary<string, string> { ["Logging__LogLevel__Default"] = "Information" });
        var secrets = new List<string> { "correct horse battery", Flows.WebSecret, "alice", "alice@example.com", "forged" };
        var (code, verifier) = await server.CodeAsync();
        var tokens = await server.RedeemAsync(code, verifier);
        var refreshed = await server.RefreshAsync(tokens["refresh_token"]!);
        await server.RefreshAsync(tokens["refresh_token"]!);
        await server.RedeemAsync(code, verifier);
        secrets.AddRange([code, verifier, tokens["access_token"]!, tokens["id_token"]!, tokens["refresh_token"]!, refreshed["refresh_token"]!]);
        await server.UserInfoAsync(tokens["access_token"]);
        await server.PostAsync("/oauth/revoke", new { token = refreshed["refresh_token"]! }, Flows.Web);
        await server.PostAsync("/oauth/token", new { grant_type = "client_credentials" }, "web%0aforged:wrong-secret-of-the-client");
        await server.GetAsync(new AuthorizationRequest("x\r\nforged: line").With("login_hint", "alice").Url);
        using var person = new Person(server);
        await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", "alice"), ("Password", "a wrong password"));
        secrets.AddRange(["wrong-secret-of-the-client", "a wrong password"]);

        var metrics = (await server.ScrapeAsync()).Text;
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(secret, server.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, metrics, StringComparison.Ordinal);
        }
    }
}
