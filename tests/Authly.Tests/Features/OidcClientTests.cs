using Authly.Tests.Harness;
using Duende.IdentityModel.OidcClient;
using Duende.IdentityModel.OidcClient.Browser;

namespace Authly.Tests.Features;

public sealed class OidcClientTests
{
    // A desktop application: it is public, and listens on whatever port is free.
    [Fact]
    public async Task Duende_s_OidcClient_signs_in_refreshes_and_signs_out_on_any_port_of_the_loopback_interface()
    {
        await using var server = await ClientApplication.ServerAsync(Database.Sqlite, """
            { "client_id": "desktop", "application_type": "native", "redirect_uris": ["http://127.0.0.1/"],
              "post_logout_redirect_uris": ["http://127.0.0.1/"], "grant_types": ["authorization_code", "refresh_token"] }
            """);
        using var alice = new Visitor();
        var address = $"http://127.0.0.1:{Network.FreePort()}/";
        var client = new OidcClient(new OidcClientOptions
        {
            Authority = server.Issuer,
            ClientId = "desktop",
            RedirectUri = address,
            PostLogoutRedirectUri = address,
            Scope = "openid profile email offline_access",
            Browser = new BrowserOfAlice(alice),
        });
        var login = await client.LoginAsync(new LoginRequest(), TestContext.Current.CancellationToken);
        Assert.False(login.IsError, login.Error + login.ErrorDescription);
        Assert.Equal("Alice Example", login.User.FindFirst("name")?.Value);
        var refreshed = await client.RefreshTokenAsync(login.RefreshToken, cancellationToken: TestContext.Current.CancellationToken);
        Assert.False(refreshed.IsError, refreshed.Error);
        Assert.NotEqual(login.RefreshToken, refreshed.RefreshToken);
        var logout = await client.LogoutAsync(
            new LogoutRequest { IdTokenHint = login.IdentityToken }, TestContext.Current.CancellationToken);
        Assert.False(logout.IsError, logout.Error);
    }

    private sealed class BrowserOfAlice(Visitor alice) : IBrowser
    {
        public async Task<BrowserResult> InvokeAsync(BrowserOptions options, CancellationToken cancellationToken = default)
        {
            var (address, text) = await alice.VisitAsync(options.StartUrl, options.EndUrl);
            return address.OriginalString.StartsWith(options.EndUrl, StringComparison.Ordinal)
                ? new BrowserResult { ResultType = BrowserResultType.Success, Response = address.Query }
                : new BrowserResult { ResultType = BrowserResultType.UnknownError, Error = text };
        }
    }
}
