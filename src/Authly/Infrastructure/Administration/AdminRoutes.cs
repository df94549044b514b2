using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.Net.Http.Headers;

namespace Authly.Infrastructure.Administration;

/// <summary>Maps operations: what is sent becomes the slice's request, and its response the answer.</summary>
internal sealed class AdminRoutes(IEndpointRouteBuilder routes, SentRequests sent)
{
    /// <param name="operation">What it is.</param>
    /// <param name="request">Makes the request of the path, the query and the body, by the names of its parameters.</param>
    public void Map<TResponse>(AdminOperation operation, Delegate request) =>
        Map<TResponse, TResponse>(operation, request,
            response => new AdminAnswer(operation.Status == StatusCodes.Status204NoContent ? null : response));

    /// <param name="operation">What it is.</param>
    /// <param name="request">Makes the request of the path, the query and the body, by the names of its parameters.</param>
    /// <param name="answer">Tells its response.</param>
    public void Map<TResponse, TBody>(AdminOperation operation, Delegate request, Func<TResponse, AdminAnswer> answer)
    {
        sent.Add<TResponse>(request.Method.ReturnType, operation.Scope);
        string[] methods = operation.Method == HttpMethods.Get ? [HttpMethods.Get, HttpMethods.Head] : [operation.Method];
        var route = routes.MapMethods(operation.Path, methods, request)
            .WithMetadata(operation, new EndpointDeclaration(operation.Path)
            {
                Methods = [operation.Method],
                RateLimit = RateLimitedEndpoint.Administration,
            })
            .WithName(operation.Name ?? request.Method.ReturnType.DeclaringType!.Name)
            .WithSummary(operation.Summary).WithTags(operation.Path.Split('/')[2])
            .AddEndpointFilter(async (context, next) =>
            {
                var mediator = context.HttpContext.RequestServices.GetRequiredService<IMediator>();
                var made = (IRequest<TResponse>)(await next(context))!;
                context.HttpContext.Response.StatusCode = operation.Status;
                return answer(await mediator.Send(made, context.HttpContext.RequestAborted));
            });
        if (operation.Status == StatusCodes.Status204NoContent)
            route.Produces(operation.Status);
        else
            route.Produces<TBody>(operation.Status);
        // Order: whoever may not is told before anything of what was sent is read.
        route.Before(async http =>
        {
            await http.RequestServices.GetRequiredService<AdminAuthorization>().RequireAsync(http, operation.Scope);
            AdminAuthorization.RequireText(http.Request);
            if (MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type)
                && type.Charset.Value?.Trim('"') is { Length: > 0 } charset && !charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            {
                throw new RefusedException(Refusal.Invalid("The body must be in UTF-8.", StatusCodes.Status415UnsupportedMediaType));
            }
        });
    }
}

internal static class EndpointOrder
{
    /// <summary>Does something before an endpoint does anything: before its parameters are read.</summary>
    public static void Before(this IEndpointConventionBuilder endpoints, Func<HttpContext, Task> act) => endpoints.Finally(endpoint =>
    {
        var run = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = async http =>
        {
            await act(http);
            await run(http);
        };
    });
}
