using System.Net;
using Authly.Infrastructure.Configuration;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.Net.Http.Headers;
using IPNetwork = System.Net.IPNetwork;

namespace Authly.Infrastructure.Http;

internal static class HttpExtensions
{
    public static void AddHttp(this WebApplicationBuilder builder)
    {
        builder.Services.AddHttpClient();
        builder.Services.AddRateLimits(new ConnectionStrings(builder.Configuration));
        // Threat: an address that a stranger claims. Of a proxy that is not trusted, and of scheme and host from anybody, nothing is taken.
        builder.Services.AddOptions<ForwardedHeadersOptions>().Configure<AuthlyOptions>((forwarded, options) =>
        {
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            forwarded.ForwardLimit = null;
            forwarded.ForwardedHeaders = options.TrustedProxies.Count > 0 ? ForwardedHeaders.XForwardedFor : ForwardedHeaders.None;
            foreach (var proxy in options.TrustedProxies)
            {
                if (IPAddress.TryParse(proxy, out var address))
                    forwarded.KnownProxies.Add(address);
                else
                    forwarded.KnownIPNetworks.Add(IPNetwork.Parse(proxy));
            }
        });
        builder.Services.AddRazorPages(pages => pages.RootDirectory = "/Features").AddMvcOptions(mvc =>
        {
            mvc.Filters.Add<ForgeryReport>();
            // Forms of ours are read as forms, and nothing else. Threat: the one for jQuery's names throws at what it cannot read.
            mvc.ValueProviderFactories.RemoveType<JQueryFormValueProviderFactory>();
            mvc.ValueProviderFactories.RemoveType<JQueryQueryStringValueProviderFactory>();
        });
        builder.Services.AddCors(cors => cors.AddPolicy(ProtocolEndpoints.CrossOrigin, policy => policy
            // Any header, as those that tracing adds: nothing here is done because of a header that a browser would add by itself.
            .AllowAnyOrigin().WithMethods("GET", "HEAD", "POST").AllowAnyHeader()
            .WithExposedHeaders(
                HeaderNames.WWWAuthenticate, HeaderNames.RetryAfter, ErrorStyles.RateLimitHeader, ErrorStyles.RateLimitPolicyHeader)
            .SetPreflightMaxAge(TimeSpan.FromHours(1))));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 64 * 1024;
            // An authorization request travels in the URL, and once more inside it on the way back from sign-in.
            kestrel.Limits.MaxRequestLineSize = 64 * 1024;
            kestrel.Limits.MaxRequestBufferSize = 128 * 1024;
        });
    }

    /// <summary>
    /// The outer middleware, in its order: headers on every answer, error pages, faults, and the issuer in place of what a request
    /// says of scheme and host.
    /// </summary>
    public static void UseHttp(this WebApplication app)
    {
        var issuer = new Uri(app.Services.GetRequiredService<AuthlyOptions>().Issuer!);
        var host = new HostString(issuer.Authority);

        app.UseForwardedHeaders();
        app.UseMiddleware<UntrustedProxies>();
        app.UseMiddleware<SecurityHeaders>();
        app.UseStatusCodePagesWithReExecute("/error");
        app.Use(async (http, next) =>
        {
            if (http.Features.Get<IStatusCodeReExecuteFeature>() is not { } errorPage)
            {
                await next(http);
                return;
            }

            // The error page is the same whatever was sent.
            var method = http.Request.Method;
            http.Request.Method = HttpMethods.Get;
            await next(http);
            // It was routed like a request of its own: what is measured, traced and logged is what was asked for.
            http.Request.Method = method;
            http.SetEndpoint(errorPage.Endpoint);
        });
        app.UseMiddleware<ExceptionAnswers>();
        app.Use((http, next) =>
        {
            http.Features.Set(new RequestedHost(http.Request.Host));
            // Threat: a Host header chosen by the sender would otherwise choose the issuer and the URLs that we put into answers.
            http.Request.Scheme = issuer.Scheme;
            http.Request.Host = host;
            return next(http);
        });
        app.UseMiddleware<PathBases>();
        app.UseRouting();
        app.UseMiddleware<ErrorStyles>();
        app.UseMiddleware<ExactPaths>();
        app.UseMiddleware<RequestMethods>();
        app.UseMiddleware<FormBodies>();
    }
}

/// <summary>The host that the sender named, before the issuer's took its place.</summary>
internal sealed record RequestedHost(HostString Host);
