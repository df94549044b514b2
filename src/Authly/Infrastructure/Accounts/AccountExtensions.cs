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
        services.AddSingleton<PasswordHasher>();
        services.AddScoped<UserAccounts>();
        services.AddScoped<Administrators>();
        services.AddScoped<Registrar>();
        services.AddSingleton<OneTimePasswordProofs>();
        services.AddScoped<Invitations>();
        services.AddScoped<AccessRevoker>();
        services.AddScoped<SignInProtection>();
        services.AddSingleton<KnownBrowsers>();
        services.AddSingleton<IPruning, SignInThrottlePruning>();
        services.AddScoped<Sessions>();
        services.AddSingleton<SessionEndings>();
        services.AddSingleton<IPruning, SessionPruning>();
        services.AddScoped<RememberedConsents>();
        services.AddHostedService<ActivityJournal>();
        services.AddSingleton<IPruning, ActivityPruning>();
        services.AddBatchWorker<LiveAccounts>();
        services.AddBatchWorker<LiveSessions>();

        services.AddAuthentication(Sessions.Scheme).AddCookie(Sessions.Scheme);
        services.AddOptions<CookieAuthenticationOptions>(Sessions.Scheme).Configure<AuthlyOptions>((cookie, options) =>
        {
            cookie.Cookie.Name = CookieName(options, "session");
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.Path = CookiePath(options);
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
            antiforgery.Cookie.Path = CookiePath(options);
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

    // A prefix binds a cookie to TLS, and the first also to this host; browsers refuse the first for a path, and either over plain http,
    // which only Development has.
    public static string CookieName(AuthlyOptions options, string name) =>
        $"{(!options.IsHttps ? "" : options.PathBase.HasValue ? "__Secure-" : "__Host-")}authly-{name}";

    /// <summary>The issuer's path: what else this host serves does not get the cookies.</summary>
    public static string CookiePath(AuthlyOptions options) => options.PathBase.HasValue ? options.PathBase.Value! : "/";

    /// <summary>A cookie of ours that outlives the browser's session.</summary>
    public static CookieOptions CookieOptions(AuthlyOptions options, TimeSpan lifetime) => new()
    {
        HttpOnly = true,
        IsEssential = true,
        MaxAge = lifetime,
        Path = CookiePath(options),
        SameSite = SameSiteMode.Lax,
        Secure = options.IsHttps,
    };

    public static CookieSecurePolicy SecurePolicy(AuthlyOptions options) =>
        options.IsHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.None;
}
