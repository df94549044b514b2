using System.Text.Json.Serialization;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Protocol;
using OpenIddict.Validation;
using static OpenIddict.Validation.OpenIddictValidationEvents;
using static OpenIddict.Validation.OpenIddictValidationHandlers;

namespace Authly.Infrastructure.Administration;

internal static class AdministrationExtensions
{
    private const string Root = "/admin/";

    public static void AddAdministration(this IHostApplicationBuilder builder, AuthlyOptions options)
    {
        var services = builder.Services;
        services.AddScoped<AdminAuthorization>();
        services.AddSingleton<AdminEndpoints>();
        services.AddOpenIddict().AddValidation(validation =>
        {
            validation.UseLocalServer();
            validation.AddAudiences(AdminScopes.ResourceOf(options.Issuer!));
            // From nowhere else: a token in a URL would stand in every log on its way (RFC 9700 §4.3.2).
            validation.UseAspNetCore().DisableAccessTokenExtractionFromBodyForm().DisableAccessTokenExtractionFromQueryString();
            validation.Add<VerifyByCurrentKeys>(Protection.ResolveTokenValidationParameters.Descriptor.Order + 500);
            validation.Add<ValidateStoredToken>(Protection.ValidatePrincipal.Descriptor.Order + 500);
        });
        services.ConfigureHttpJsonOptions(json =>
        {
            AdminJson.Spell(json.SerializerOptions);
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        });
        // In every environment: what cannot be read is answered in one place.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddAdminDocument();
    }

    /// <summary>Before routing, which is to find what is made here.</summary>
    public static void UseAdministration(this IApplicationBuilder app)
    {
        var endpoints = app.ApplicationServices.GetRequiredService<AdminEndpoints>();
        app.Use((http, next) =>
        {
            // Wherever the issuer's path puts it.
            if (http.Request.Path.Value!.Contains(Root, StringComparison.Ordinal))
                endpoints.Make();
            return next(http);
        });
    }

    public static void MapAdministration(this IEndpointRouteBuilder routes) =>
        routes.DataSources.Add(routes.ServiceProvider.GetRequiredService<AdminEndpoints>());

    private static void Add<THandler>(this OpenIddictValidationBuilder validation, int order)
        where THandler : class, IOpenIddictValidationHandler<ValidateTokenContext> =>
        validation.AddEventHandler(OpenIddictValidationHandlerDescriptor.CreateBuilder<ValidateTokenContext>()
            .UseScopedHandler<THandler>()
            .SetOrder(order)
            .SetType(OpenIddictValidationHandlerType.Custom)
            .Build());
}
