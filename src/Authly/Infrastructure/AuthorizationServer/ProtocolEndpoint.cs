using Authly.Infrastructure.Http;
using Authly.Infrastructure.Mediation;
using MediatR;

namespace Authly.Infrastructure.AuthorizationServer;

internal static class ProtocolEndpoints
{
    /// <summary>The CORS policy of endpoints that browsers' applications call: any origin, never with cookies.</summary>
    public const string CrossOrigin = nameof(CrossOrigin);

    /// <summary>
    /// Maps a protocol endpoint, all methods of it: the handler refuses a wrong one itself, so that no answer bypasses MediatR.
    /// Where the authorization server wrote the answer, nothing is left to do here; else <paramref name="answer"/> makes it.
    /// </summary>
    public static IEndpointConventionBuilder MapProtocol<TResponse>(this IEndpointRouteBuilder routes, string path, ProtocolEndpoint endpoint,
        Func<ProtocolParameters, IRequest<TResponse>> request, Func<TResponse, IResult?>? answer = null) =>
        routes.Map(path, async http =>
        {
            var parameters = await ProtocolParameters.ReadAsync(http, endpoint);
            var response = await http.RequestServices.GetRequiredService<IMediator>().Send(request(parameters), http.RequestAborted);
            if (answer?.Invoke(response) is { } result)
                await result.ExecuteAsync(http);
        }).WithMetadata(endpoint);
}
