using System.Text.Json.Serialization;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using OpenIddict.Validation;
using static OpenIddict.Validation.OpenIddictValidationEvents;
using static OpenIddict.Validation.OpenIddictValidationHandlers;

namespace Authly.Infrastructure.Administration;

internal static class AdministrationExtensions
{
    private const string Root = "/admin/";

    private const string Console = $"{Root}console/";

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
        app.Use(async (http, next) =>
        {
            // Wherever the issuer's path puts it; the console's pages are there from the start.
            var path = http.Request.Path.Value!;
            if (path.Contains(Root, StringComparison.Ordinal) && !path.Contains(Console, StringComparison.Ordinal))
                endpoints.Make();
            await next(http);
            // Who is not known at all is refused with 401, or has to sign in.
            if ($"{path}/".Contains(Root, StringComparison.Ordinal)
                && http.Features.Get<Refusal>() is { Status: StatusCodes.Status403Forbidden, Error: var error })
                await RecordAsync(http.RequestServices, error);
        });
    }

    public static void MapAdministration(this IEndpointRouteBuilder routes) =>
        routes.DataSources.Add(routes.ServiceProvider.GetRequiredService<AdminEndpoints>());

    private static async Task RecordAsync(IServiceProvider services, ProtocolError error)
    {
        var actor = services.GetRequiredService<Actor>();
        if (actor.IsOperator)
            return;
        var refused = actor.Did(SecurityEvent.AdministrationRefused);
        var isPerson = refused.Kind == ActorKind.Person;
        await services.GetRequiredService<AuditLog>().RecordAsync(refused with
        {
            Subject = isPerson ? refused.Actor : null,
            ClientId = isPerson ? null : refused.Actor,
            Detail = error.Name(),
        });
    }

    private static void Add<THandler>(this OpenIddictValidationBuilder validation, int order)
        where THandler : class, IOpenIddictValidationHandler<ValidateTokenContext> =>
        validation.AddEventHandler(OpenIddictValidationHandlerDescriptor.CreateBuilder<ValidateTokenContext>()
            .UseScopedHandler<THandler>()
            .SetOrder(order)
            .SetType(OpenIddictValidationHandlerType.Custom)
            .Build());
}
