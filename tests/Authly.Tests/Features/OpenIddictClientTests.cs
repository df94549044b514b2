using System.Security.Claims;
using Authly.Tests.Harness;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Client;
using OpenIddict.Client.AspNetCore;
using static OpenIddict.Client.AspNetCore.OpenIddictClientAspNetCoreConstants;

namespace Authly.Tests.Features;

public sealed class OpenIddictClientTests
{
    // Without storage the state that it sends is a whole encrypted token, with it a short handle.
    [Theory, InlineData(true), InlineData(false)]
    public async Task OpenIddict_s_client_signs_in_and_out_with_and_without_token_storage(bool hasStorage)
    {
        var url = $"http://localhost:{Network.FreePort()}";
        var server = await ClientApplication.ServerAsync(Database.Sqlite, $$"""
            { "client_id": "openiddict", "client_secret": "openiddict-secret", "redirect_uris": ["{{url}}/callback"],
              "post_logout_redirect_uris": ["{{url}}/signed-out"], "grant_types": ["authorization_code", "refresh_token"] }
            """);
        var database = Path.GetTempFileName();
        await using var running = await ClientApplication.StartAsync(
            server, url, services => Configure(services, server.Issuer, hasStorage ? database : null), Map);
        if (hasStorage)
            await CreateAsync(database);
        using var alice = new Visitor();
        var (address, text) = await alice.VisitAsync($"{url}/login?returnUrl=/?{new string('x', 500)}");
        Assert.Equal("Alice Example, alice@example.com", text);
        Assert.Equal($"/?{new string('x', 500)}", address.PathAndQuery);

        (address, text) = await alice.VisitAsync($"{url}/logout");
        Assert.Equal("Signed out", text);
        Assert.Equal($"{url}/signed-out", address.GetLeftPart(UriPartial.Path));
        Assert.Equal("Nobody", (await alice.VisitAsync(url)).Text);
        var login = $"{server.Issuer}/account/login";
        (address, _) = await alice.VisitAsync($"{server.Issuer}/account", login);
        Assert.StartsWith(login, address.OriginalString, StringComparison.Ordinal);
        File.Delete(database);
    }

    private static void Configure(IServiceCollection services, string issuer, string? database)
    {
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie();
        var openIddict = services.AddOpenIddict();
        if (database is not null)
        {
            services.AddDbContext<DbContext>(options => options.UseSqlite($"Data Source={database};Pooling=False").UseOpenIddict());
            openIddict.AddCore(options => options.UseEntityFrameworkCore().UseDbContext<DbContext>());
        }

        openIddict.AddClient(options =>
        {
            options.AllowAuthorizationCodeFlow().AllowRefreshTokenFlow();
            options.AddEphemeralEncryptionKey().AddEphemeralSigningKey();
            options.UseAspNetCore().EnableRedirectionEndpointPassthrough().EnablePostLogoutRedirectionEndpointPassthrough()
                .DisableTransportSecurityRequirement();
            options.UseSystemNetHttp();
            if (database is null)
                options.DisableTokenStorage();
            options.AddRegistration(new OpenIddictClientRegistration
            {
                Issuer = new Uri(issuer),
                ClientId = "openiddict",
                ClientSecret = "openiddict-secret",
                RedirectUri = new Uri("callback", UriKind.Relative),
                PostLogoutRedirectUri = new Uri("signed-out", UriKind.Relative),
                Scopes = { "profile", "email", "offline_access" },
            });
        });
    }

    private static async Task CreateAsync(string database)
    {
        await using var context = new DbContext(new DbContextOptionsBuilder<DbContext>()
            .UseSqlite($"Data Source={database};Pooling=False").UseOpenIddict().Options);
        await context.Database.EnsureCreatedAsync();
    }

    private static void Map(WebApplication app)
    {
        const string Scheme = OpenIddictClientAspNetCoreDefaults.AuthenticationScheme;
        app.MapGet("/", (HttpContext http) => http.User.FindFirst("name") is { } name
            ? $"{name.Value}, {http.User.FindFirst("email")?.Value}" : "Nobody");
        app.MapGet("/login", (string returnUrl) => Results.Challenge(new() { RedirectUri = returnUrl }, [Scheme]));
        app.MapMethods("/callback", ["GET", "POST"], async (HttpContext http) =>
        {
            var result = await http.AuthenticateAsync(Scheme);
            var identity = new ClaimsIdentity("openiddict");
            identity.AddClaims(result.Principal!.Claims.Where(claim => claim.Type is "name" or "email"));
            var properties = new AuthenticationProperties();
            properties.StoreTokens([new() { Name = "id", Value = result.Properties!.GetTokenValue(Tokens.BackchannelIdentityToken)! }]);
            await http.SignInAsync(new ClaimsPrincipal(identity), properties);
            return Results.Redirect(result.Properties!.RedirectUri!);
        });
        app.MapGet("/logout", async (HttpContext http) =>
        {
            var token = await http.GetTokenAsync("id");
            await http.SignOutAsync();
            return Results.SignOut(new(new Dictionary<string, string?> { [Properties.IdentityTokenHint] = token }), [Scheme]);
        });
        app.MapGet("/signed-out", async (HttpContext http) => (await http.AuthenticateAsync(Scheme)).Succeeded ? "Signed out" : "Failed");
    }
}
