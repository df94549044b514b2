using Authly.Tests.Harness;

namespace Authly.Tests.Features.Token;

public sealed class UndefinedParameterTests(Servers servers)
{
    [Theory, OnEachDatabase]
    public async Task What_the_grant_does_not_define_is_ignored(Database database)
    {
        var server = await servers.SharedAsync(database);
        var (code, verifier) = await server.CodeAsync(scope: "openid email");
        // MSAL sends the scope again, others what they like (RFC 6749 §3.2).
        var answer = await server.PostAsync("/oauth/token", new
        {
            grant_type = "authorization_code",
            code,
            code_verifier = verifier,
            redirect_uri = Person.Callback.ToString(),
            scope = "openid profile orders.read",
            audience = "https://unknown.example",
            client_info = "1",
        }, Flows.Web);
        Assert.Equal((200, "openid email"), (answer.Status, answer["scope"] ?? "openid email"));
        Assert.Equal("openid email", Jwt.Payload(answer["access_token"]!).GetProperty("scope").GetString());
    }
}
