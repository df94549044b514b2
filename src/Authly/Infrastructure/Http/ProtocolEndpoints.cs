using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Infrastructure.Http;

internal static class ProtocolEndpoints
{
    /// <summary>The CORS policy of endpoints that browsers' applications call: any origin, never with cookies.</summary>
    public const string CrossOrigin = nameof(CrossOrigin);

    /// <summary>
    /// Maps an endpoint, all methods of it. At the protocol's endpoints the handler itself refuses what was read wrong, so that no such
    /// answer bypasses MediatR; elsewhere it is refused here. Where the authorization server wrote the answer, nothing is left to do here;
    /// else <paramref name="answer"/> makes it.
    /// </summary>
    public static void MapProtocol<TResponse>(this IEndpointRouteBuilder routes, EndpointDeclaration declaration,
        Func<ProtocolParameters, IRequest<TResponse>> request, Func<TResponse, IResult?>? answer = null)
    {
        foreach (var path in declaration.Paths)
        {
            var route = routes.Map(path, async http =>
            {
                var parameters = await ProtocolParameters.ReadAsync(http, declaration);
                if (declaration.Type is null && parameters.Refusal is { } refusal)
                    throw new RefusedException(refusal);
                var response = await http.RequestServices.GetRequiredService<IMediator>().Send(request(parameters), http.RequestAborted);
                if (answer?.Invoke(response) is { } result)
                    await result.ExecuteAsync(http);
            }).WithMetadata(declaration);
            if (declaration.IsCrossOrigin)
                route.RequireCors(CrossOrigin);
        }
    }
}
