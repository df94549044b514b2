using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Authly.Infrastructure.Administration;

/// <summary>The OpenAPI document of the administration API, and the page that shows it. Neither holds anything of this server.</summary>
internal static class AdminDocument
{
    private const string Path = "/admin/openapi.json";

    private const string Scheme = "oauth2";

    public static void AddAdminDocument(this IServiceCollection services) => services.AddOpenApi(document =>
    {
        document.ShouldInclude = described =>
            described.ActionDescriptor.EndpointMetadata.OfType<AdminOperation>().Any(operation => operation.Method == described.HttpMethod);
        document.CreateSchemaReferenceId = NameOf;
        document.AddDocumentTransformer(DescribeAsync);
        document.AddOperationTransformer((operation, context, _) =>
        {
            var declared = context.Description.ActionDescriptor.EndpointMetadata.OfType<AdminOperation>().Single();
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(Scheme, context.Document)] = [declared.Scope] }];
            // Minimal APIs take what a delegate returns, which is the request here, for the answer.
            if (declared.Status != StatusCodes.Status200OK)
                operation.Responses!.Remove("200");
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<MethodInfo>()
                .SelectMany(method => method.GetParameters()).Any(parameter => parameter.ParameterType == typeof(AdminVersion)))
            {
                (operation.Parameters ??= []).Add(new OpenApiParameter
                {
                    Name = HeaderNames.IfMatch,
                    In = ParameterLocation.Header,
                    Required = true,
                    Description = "The ETag of what was read and is changed here.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                });
            }

            operation.Responses!["4XX"] = new OpenApiResponse
            {
                Description = "A problem (RFC 9457): errors name the member that is wrong.",
                Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new OpenApiMediaType() },
            };
            return Task.CompletedTask;
        });
    });

    public static void MapAdminDocument(this IEndpointRouteBuilder routes)
    {
        // Made once. Threat: the platform's own endpoint makes it for each request, and keeps in memory every name that is asked for.
        var document = new Lazy<Task<string>>(() => WriteAsync(routes.ServiceProvider));
        routes.MapGet(Path, async http =>
        {
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync(await document.Value, http.RequestAborted);
        }).WithMetadata(new EndpointDeclaration(Path) { Methods = [HttpMethods.Get], RateLimit = RateLimitedEndpoint.Administration });
        routes.MapScalarApiReference("/admin/reference", scalar =>
        {
            scalar.WithOpenApiRoutePattern(Path).WithTitle("Authly: administration").WithNonce();
            // It asks nobody but this server.
            (scalar.DefaultFonts, scalar.Telemetry, scalar.HideClientButton) = (false, false, true);
            scalar.Agent = new ScalarAgentOptions { Disabled = true };
            scalar.ShowDeveloperTools = DeveloperToolsVisibility.Never;
        }).WithMetadata(new RateLimitedAttribute(RateLimitedEndpoint.Administration)).Before(http =>
        {
            http.Response.OnStarting(() =>
            {
                if (http.Items[ScalarOptions.NonceHttpContextItemKey] is string nonce)
                    http.Response.Headers.ContentSecurityPolicy = PolicyOf(nonce);
                return Task.CompletedTask;
            });
            return Task.CompletedTask;
        });
    }

    private static async Task<string> WriteAsync(IServiceProvider services)
    {
        await using var scope = services.CreateAsyncScope();
        var document = await scope.ServiceProvider.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1").GetOpenApiDocumentAsync();
        return await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1);
    }

    // Its scripts are this server's, and set styles and fonts as they run.
    private static string PolicyOf(string nonce) =>
        $"default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        + "font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    /// <summary>Slices' types are named alike: the slice is what tells them apart.</summary>
    private static string? NameOf(JsonTypeInfo type) => type.Type.DeclaringType is { } slice
        ? $"{(slice.DeclaringType ?? slice).Name}{type.Type.Name}" : OpenApiOptions.CreateDefaultSchemaReferenceId(type);

    private static Task DescribeAsync(
        OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        var issuer = context.ApplicationServices.GetRequiredService<AuthlyOptions>().Issuer!.TrimEnd('/');
        document.Info = new OpenApiInfo { Title = "Authly: administration", Version = "1" };
        document.Servers = [new OpenApiServer { Url = issuer }];
        var flow = new OpenApiOAuthFlow
        {
            AuthorizationUrl = new Uri(issuer + Declared.PathOf(OAuthEndpoint.Authorization)),
            TokenUrl = new Uri(issuer + Declared.PathOf(OAuthEndpoint.Token)),
            Scopes = AdminScopes.All.ToDictionary(),
        };
        document.Components ??= new OpenApiComponents();
        var requests = document.Components.Schemas?.Keys.Where(name => name.EndsWith("Command", StringComparison.Ordinal)).ToList();
        foreach (var request in requests ?? [])
            document.Components.Schemas!.Remove(request);
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Scheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.OAuth2,
                Flows = new OpenApiOAuthFlows
                {
                    AuthorizationCode = flow,
                    ClientCredentials = new OpenApiOAuthFlow { TokenUrl = flow.TokenUrl, Scopes = flow.Scopes },
                },
            },
        };
        return Task.CompletedTask;
    }
}
