using System.Security.Claims;
using Microsoft.AspNetCore;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Baselines;

/// <summary>
/// OpenIddict's "Creating your own server instance", on PostgreSQL: RS256, encrypted access tokens, PBKDF2 over the client's secret, a
/// change-tracked row for each token.
/// </summary>
internal static class Documented
{
    public static async Task RunAsync(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddDbContext<DbContext>(options =>
        {
            options.UseNpgsql(builder.Configuration.GetConnectionString("Bench"));
            options.UseOpenIddict();
        });
        builder.Services.AddOpenIddict()
            .AddCore(options => options.UseEntityFrameworkCore().UseDbContext<DbContext>())
            .AddServer(options =>
            {
                options.SetTokenEndpointUris("connect/token").SetIntrospectionEndpointUris("connect/introspect");
                options.AllowClientCredentialsFlow();
                options.AddEphemeralEncryptionKey().AddEphemeralSigningKey();
                options.UseAspNetCore().EnableTokenEndpointPassthrough().DisableTransportSecurityRequirement();
            });
        builder.Services.AddAuthorization();

        var app = builder.Build();
        await using (var scope = app.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<DbContext>().Database.EnsureCreatedAsync();
            await scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>().CreateAsync(new OpenIddictApplicationDescriptor
            {
                ClientId = "service",
                ClientSecret = "service-secret-for-benchmarks",
                DisplayName = "Service",
                Permissions =
                {
                    Permissions.Endpoints.Token, Permissions.Endpoints.Introspection, Permissions.GrantTypes.ClientCredentials,
                },
            });
        }

        app.UseAuthentication();
        app.UseAuthorization();
        app.MapGet("/ready", () => "ready");
        app.MapPost("connect/token", async (HttpContext http, IOpenIddictApplicationManager applications) =>
        {
            var request = http.GetOpenIddictServerRequest()!;
            var application = await applications.FindByClientIdAsync(request.ClientId!)
                ?? throw new InvalidOperationException("The application cannot be found.");
            var identity = new ClaimsIdentity("Bearer", Claims.Name, Claims.Role);
            identity.SetClaim(Claims.Subject, await applications.GetClientIdAsync(application));
            identity.SetClaim(Claims.Name, await applications.GetDisplayNameAsync(application));
            identity.SetDestinations(static claim => [Destinations.AccessToken]);
            return Results.SignIn(new ClaimsPrincipal(identity), properties: null, OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
        });
        await app.RunAsync();
    }
}
