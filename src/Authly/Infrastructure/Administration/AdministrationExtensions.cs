using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Protocol;
using OpenIddict.Validation;
using static OpenIddict.Validation.OpenIddictValidationEvents;
using static OpenIddict.Validation.OpenIddictValidationHandlers;

namespace Authly.Infrastructure.Administration;

internal static class AdministrationExtensions
{
    private const int MostDepth = 16;

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
            var spelling = json.SerializerOptions;
            spelling.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            spelling.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            // Threat: a member that is misspelled, or given twice, would be taken for one that is not given.
            spelling.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            spelling.AllowDuplicateProperties = false;
            spelling.PropertyNameCaseInsensitive = false;
            spelling.NumberHandling = JsonNumberHandling.Strict;
            spelling.RespectNullableAnnotations = true;
            spelling.RespectRequiredConstructorParameters = true;
            spelling.MaxDepth = MostDepth;
            spelling.Converters.Add(new TextConverter());
            spelling.Converters.Add(new NodeConverter());
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

    /// <summary>Threat: PostgreSQL keeps no text with NUL in it, and fails where it meets one.</summary>
    private sealed class TextConverter : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && reader.GetString() is { } text && !text.Contains('\0', StringComparison.Ordinal)
                ? text : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }

    /// <summary>
    /// Threat: the platform's own fails at a member that is there twice, as at a bug of ours. Who takes such a value says what it may hold.
    /// </summary>
    private sealed class NodeConverter : JsonConverter<JsonNode>
    {
        public override JsonNode? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            JsonNode.Parse(ref reader);

        public override void Write(Utf8JsonWriter writer, JsonNode value, JsonSerializerOptions options) => value.WriteTo(writer);
    }

    private static void Add<THandler>(this OpenIddictValidationBuilder validation, int order)
        where THandler : class, IOpenIddictValidationHandler<ValidateTokenContext> =>
        validation.AddEventHandler(OpenIddictValidationHandlerDescriptor.CreateBuilder<ValidateTokenContext>()
            .UseScopedHandler<THandler>()
            .SetOrder(order)
            .SetType(OpenIddictValidationHandlerType.Custom)
            .Build());
}
