using Authly.Infrastructure.Configuration;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace Authly.Infrastructure.Http;

internal static class HttpExtensions
{
    public static void AddHttp(this WebApplicationBuilder builder)
    {
        builder.Services.AddHttpClient();
        builder.Services.AddRazorPages(pages => pages.RootDirectory = "/Features").AddMvcOptions(mvc =>
        {
            mvc.Filters.Add<ForgeryReport>();
            // Forms of ours are read as forms, and nothing else. Threat: the one for jQuery's names throws at what it cannot read.
            mvc.ValueProviderFactories.RemoveType<JQueryFormValueProviderFactory>();
            mvc.ValueProviderFactories.RemoveType<JQueryQueryStringValueProviderFactory>();
        });
        builder.Services.AddCors(cors => cors.AddPolicy(ProtocolEndpoints.CrossOrigin, policy => policy
            .AllowAnyOrigin().WithMethods("GET", "POST").WithHeaders("Authorization", "Content-Type", "DPoP")
            .WithExposedHeaders("WWW-Authenticate").SetPreflightMaxAge(TimeSpan.FromHours(1))));
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

        app.UseMiddleware<SecurityHeaders>();
        app.UseStatusCodePagesWithReExecute("/error");
        app.Use(async (http, next) =>
        {
            var errorPage = http.Features.Get<IStatusCodeReExecuteFeature>();
            await next(http);
            // The error page was routed like a request of its own: what is measured, traced and logged is the route that was asked for.
            if (errorPage is not null)
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
        app.UseRouting();
        app.UseMiddleware<ErrorStyles>();
        app.UseMiddleware<ExactPaths>();
        app.UseMiddleware<FormBodies>();
    }
}

/// <summary>The host that the sender named, before the issuer's took its place.</summary>
internal sealed record RequestedHost(HostString Host);
