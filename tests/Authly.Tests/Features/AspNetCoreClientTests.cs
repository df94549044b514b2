using System.Text.RegularExpressions;
using Authly.Tests.Harness;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Authly.Tests.Features;

public sealed class AspNetCoreClientTests
{
    [Theory, OnEachDatabase]
    public async Task ASP_NET_Core_s_own_OpenIdConnect_handler_signs_in(Database database)
    {
        var port = Network.FreePort();
        var application = $"http://localhost:{port}";
        var seed = Path.GetTempFileName();
        await File.WriteAllTextAsync(seed, $$"""
            {
              "clients": [ { "client_id": "aspnet", "client_secret": "aspnet-secret", "token_endpoint_auth_method": "client_secret_post",
                             "skip_consent": true, "redirect_uris": ["{{application}}/signin-oidc"],
                             "grant_types": ["authorization_code", "refresh_token"] } ],
              "users": [ { "username": "alice", "password": "correct horse battery", "name": "Alice Example",
                           "email": "alice@example.com" } ]
            }
            """, TestContext.Current.CancellationToken);
        await using var server = await AuthlyServer.StartAsync(database, new Dictionary<string, string> { ["Authly__Seed__File"] = seed });
        await using var app = Build(application, server.Issuer);
        await app.StartAsync(TestContext.Current.CancellationToken);

        using var browser = new HttpClient(new SocketsHttpHandler { CookieContainer = new() });
        var login = await browser.GetAsync(new Uri(application), TestContext.Current.CancellationToken);
        var html = await login.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        string Field(string name) => Regex.Match(html, $"name=\"{name}\"[^>]*value=\"([^\"]*)\"").Groups[1].Value;
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["Username"] = "alice",
            ["Password"] = "correct horse battery",
            ["antiforgery"] = Field("antiforgery"),
            ["interaction"] = Field("interaction"),
        });
        // The handler asks for form_post by default: the page that comes back posts itself, where there is a browser.
        var posted = await browser.PostAsync(login.RequestMessage!.RequestUri, form, TestContext.Current.CancellationToken);
        html = await posted.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        using var answer = new FormUrlEncodedContent(Regex.Matches(html, "name=\"([^\"]*)\" value=\"([^\"]*)\"")
            .ToDictionary(match => match.Groups[1].Value, match => System.Net.WebUtility.HtmlDecode(match.Groups[2].Value)));
        var back = await browser.PostAsync(new Uri($"{application}/signin-oidc"), answer, TestContext.Current.CancellationToken);
        var text = await back.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal("Alice Example, alice@example.com, refreshable: True", text);
        File.Delete(seed);
    }

    private static WebApplication Build(string url, string issuer)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.Services.AddAuthentication(options =>
        {
            options.DefaultScheme = CookieAuthenticationDefaults.AuthenticationScheme;
            options.DefaultChallengeScheme = OpenIdConnectDefaults.AuthenticationScheme;
        }).AddCookie().AddOpenIdConnect(options =>
        {
            options.Authority = issuer;
            options.RequireHttpsMetadata = false;
            options.ClientId = "aspnet";
            options.ClientSecret = "aspnet-secret";
            options.ResponseType = "code";
            options.Scope.Add("email");
            options.Scope.Add("offline_access");
            options.SaveTokens = true;
            options.GetClaimsFromUserInfoEndpoint = true;
            options.MapInboundClaims = false;
            options.CorrelationCookie.SecurePolicy = options.NonceCookie.SecurePolicy = CookieSecurePolicy.None;
            options.CorrelationCookie.SameSite = options.NonceCookie.SameSite = SameSiteMode.Unspecified;
        });
        builder.Services.AddAuthorization();
        var app = builder.Build();
        app.Urls.Add(url);
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapGet("/", async (HttpContext http) =>
            $"{http.User.FindFirst("name")?.Value}, {http.User.FindFirst("email")?.Value}, "
            + $"refreshable: {await http.GetTokenAsync("refresh_token") is not null}").RequireAuthorization();
        return app;
    }
}
