using Authly.Tests.Harness;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Authly.Tests.Features;

public sealed class AspNetCoreClientTests
{
    private const string SignedIn = "Alice Example, alice@example.com, refreshable: True";

    [Theory, OnEachDatabase]
    public async Task ASP_NET_Core_s_own_OpenIdConnect_handler_signs_in(Database database)
    {
        await using var running = await StartAsync(database);
        using var alice = new Visitor();
        Assert.Equal(SignedIn, (await alice.VisitAsync(running.Url)).Text);
    }

    // The handler protects the page that was asked for and sends it along as state.
    [Fact]
    public async Task ASP_NET_Core_s_handler_comes_back_to_a_page_of_3000_characters()
    {
        await using var running = await StartAsync(Database.Sqlite);
        using var alice = new Visitor();
        var page = $"{running.Url}/?filter={new string('x', 3000)}";
        var (address, text) = await alice.VisitAsync(page);
        Assert.Equal(SignedIn, text);
        Assert.Equal(page, address.OriginalString);
        Assert.True(alice.LongestAddress > 4000);
    }

    private static async Task<ClientApplication> StartAsync(Database database)
    {
        var url = $"http://localhost:{Network.FreePort()}";
        // It sends the secret in the body, and the registration names no method.
        var server = await ClientApplication.ServerAsync(database, $$"""
            { "client_id": "aspnet", "client_secret": "aspnet-secret", "redirect_uris": ["{{url}}/signin-oidc"],
              "grant_types": ["authorization_code", "refresh_token"] }
            """);
        return await ClientApplication.StartAsync(server, url, services => services.AddAuthentication(options =>
        {
            options.DefaultScheme = CookieAuthenticationDefaults.AuthenticationScheme;
            options.DefaultChallengeScheme = OpenIdConnectDefaults.AuthenticationScheme;
        }).AddCookie().AddOpenIdConnect(options =>
        {
            options.Authority = server.Issuer;
            options.RequireHttpsMetadata = false;
            options.ClientId = "aspnet";
            options.ClientSecret = "aspnet-secret";
            options.ResponseType = "code";
            options.Scope.Add("email");
            options.Scope.Add("offline_access");
            options.SaveTokens = true;
            options.GetClaimsFromUserInfoEndpoint = true;
            options.MapInboundClaims = false;
        }), app => app.MapGet("/", async (HttpContext http) =>
            $"{http.User.FindFirst("name")?.Value}, {http.User.FindFirst("email")?.Value}, "
            + $"refreshable: {await http.GetTokenAsync("refresh_token") is not null}").RequireAuthorization());
    }
}
