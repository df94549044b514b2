using Authly.Infrastructure.Protocol;
using MediatR;
using OpenIddict.Abstractions;

namespace Authly.Features.Authorization;

/// <summary>What a client asks a person for, in words.</summary>
internal static class GetConsent
{
    public sealed record Query(IReadOnlyCollection<string> Scopes) : IRequest<Response>;

    public sealed record Response(IReadOnlyList<string> Descriptions);

    public sealed class Handler(IOpenIddictScopeManager scopes) : IRequestHandler<Query, Response>
    {
        public async Task<Response> Handle(Query query, CancellationToken cancellationToken)
        {
            var descriptions = new List<string>();
            foreach (var name in query.Scopes)
            {
                var scope = await scopes.FindByNameAsync(name, cancellationToken);
                var description = scope is null ? null : await scopes.GetDescriptionAsync(scope, cancellationToken);
                descriptions.Add(description ?? StandardScopes.Describe(name) ?? AdminScopes.All.GetValueOrDefault(name) ?? name);
            }

            return new Response(descriptions);
        }
    }
}
