using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Tokens;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Authly.Infrastructure.Accounts;

internal static class AccountExtensions
{
    public static void AddAccounts(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<PasswordQueue>();
        services.AddSingleton<PasswordHasher>();
        services.AddScoped<UserAccounts>();
        services.AddScoped<Sessions>();
        services.AddSingleton<SessionEndings>();
        services.AddSingleton<IPruning, SessionPruning>();
        services.AddScoped<RememberedConsents>();
        services.AddBatchWorker<LiveAccounts>();
        services.AddBatchWorker<LiveSessions>();

        services.AddAuthentication(Sessions.Scheme).AddCookie(Sessions.Scheme);
        services.AddOptions<CookieAuthenticationOptions>(Sessions.Scheme).Configure<AuthlyOptions>((cookie, options) =>
        {
            cookie.Cookie.Name = CookieName(options, "session");
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.Path = "/";
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.Cookie.SecurePolicy = SecurePolicy(options);
            cookie.ExpireTimeSpan = options.Lifetimes.Session;
            cookie.SlidingExpiration = false;
            cookie.Events.OnRedirectToLogin = challenge =>
            {
                challenge.Response.Redirect(Pages.UrlOf(challenge.HttpContext, Pages.Login));
                return Task.CompletedTask;
            };
            cookie.Events.OnValidatePrincipal = Sessions.ValidateAsync;
        });

        services.AddAntiforgery();
        var platform = services.Single(service => service.ServiceType == typeof(IAntiforgery)).ImplementationType!;
        services.Replace(ServiceDescriptor.Singleton<IAntiforgery>(provider =>
            new BrowserAntiforgery((IAntiforgery)ActivatorUtilities.CreateInstance(provider, platform))));
        services.AddOptions<Microsoft.AspNetCore.Antiforgery.AntiforgeryOptions>().Configure<AuthlyOptions>((antiforgery, options) =>
        {
            antiforgery.Cookie.Name = CookieName(options, "antiforgery");
            antiforgery.Cookie.Path = "/";
            antiforgery.Cookie.SameSite = SameSiteMode.Lax;
            antiforgery.Cookie.SecurePolicy = SecurePolicy(options);
            antiforgery.FormFieldName = "antiforgery";
            antiforgery.SuppressXFrameOptionsHeader = true;
        });
    }

    /// <summary>
    /// Knows the signed-in person where a person is: on pages and at the protocol's front channel. Threat: everywhere else a cookie would
    /// only make the answer depend on the database, and the error page must not ask what just failed.
    /// </summary>
    public static void UseSessions(this WebApplication app)
    {
        // Order: ASP.NET Core would otherwise authenticate every request before our first middleware; a branch's own call does not tell it
        // not to.
        ((IApplicationBuilder)app).Properties["__AuthenticationMiddlewareSet"] = true;
        app.UseWhen(
            http => http.Features.Get<IStatusCodeReExecuteFeature>() is null && http.GetEndpoint()?.Metadata is { } metadata
                && (metadata.GetMetadata<PageActionDescriptor>() is not null
                    || metadata.GetMetadata<EndpointDeclaration>() is { Errors: ErrorStyle.Page }),
            branch => branch.UseAuthentication());
    }

    // The prefix binds a cookie to this host and to TLS; browsers refuse it over plain http, which only Development has.
    public static string CookieName(AuthlyOptions options, string name) =>
        options.Issuer!.StartsWith("https:", StringComparison.Ordinal) ? $"__Host-authly-{name}" : $"authly-{name}";

    public static CookieSecurePolicy SecurePolicy(AuthlyOptions options) =>
        options.Issuer!.StartsWith("https:", StringComparison.Ordinal) ? CookieSecurePolicy.Always : CookieSecurePolicy.None;
}
