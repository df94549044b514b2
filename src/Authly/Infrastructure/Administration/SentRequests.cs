using System.Text.Json;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Authly.Infrastructure.Administration;

/// <summary>
/// The requests of the operations as the command line sends them to a server elsewhere: by the slice's name, as they are. Nobody can do
/// more by them than by the operation whose scope they want. Its form is this version's own.
/// </summary>
internal sealed class SentRequests
{
    public const string Path = "/admin/requests";

    private readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">Another operation sends it by another scope: the lesser would do for both.</exception>
    public void Add<TResponse>(Type request, string scope)
    {
        if (_known.TryGetValue(NameOf(request), out var known) && (known.Type, known.Scope) != (request, scope))
            throw new InvalidOperationException($"{request} for {scope} has the name of {known.Type} for {known.Scope}.");
        _known[NameOf(request)] = new Known(request, scope,
            async (mediator, sent, cancellationToken) => await mediator.Send((IRequest<TResponse>)sent, cancellationToken));
    }

    public static string NameOf(Type request) => request.DeclaringType!.Name;

    public void Map(IEndpointRouteBuilder routes)
    {
        const string Pattern = $"{Path}/{{name}}";
        var declaration = new EndpointDeclaration(Pattern)
        {
            Methods = [HttpMethods.Post],
            RateLimit = RateLimitedEndpoint.Administration,
        };
        routes.MapPost(Pattern, AnswerAsync).WithMetadata(new RequestSizeLimitAttribute(AdminOperation.FileBytes), declaration);
    }

    private async Task AnswerAsync(HttpContext http)
    {
        if (!_known.TryGetValue((string)http.Request.RouteValues["name"]!, out var known))
            throw new RefusedException(Refusal.Missing("request; the server is of another version, perhaps"));
        await http.RequestServices.GetRequiredService<AdminAuthorization>().RequireAsync(http, known.Scope);
        object? sent;
        try
        {
            sent = await JsonSerializer.DeserializeAsync(http.Request.Body, known.Type, AdminJson.Whole, http.RequestAborted);
        }
        catch (JsonException exception)
        {
            throw new RefusedException(Refusal.Invalid(
                $"The request cannot be read at {exception.Path ?? "$"}: the server is of another version, perhaps."));
        }

        var response = await known.Send(http.RequestServices.GetRequiredService<IMediator>(),
            sent ?? throw new RefusedException(Refusal.Invalid("The request is null.")), http.RequestAborted);
        await http.Response.WriteAsJsonAsync(response, response!.GetType(), AdminJson.Whole, http.RequestAborted);
    }

    private sealed record Known(Type Type, string Scope, Func<IMediator, object, CancellationToken, Task<object?>> Send);
}
