using Authly.Infrastructure.Accounts;
using MediatR;
using OpenIddict.Abstractions;

namespace Authly.Features.Account;

/// <summary>What a person has allowed applications to do.</summary>
internal static class GetAccount
{
    public sealed record Query(Guid UserId) : IRequest<Response>;

    public sealed record Response(IReadOnlyList<AllowedClient> Clients);

    public sealed record AllowedClient(string ClientId, string Name, DateTime AllowedAt);

    public sealed class Handler(RememberedConsents consents, IOpenIddictApplicationManager applications) : IRequestHandler<Query, Response>
    {
        public async Task<Response> Handle(Query query, CancellationToken cancellationToken)
        {
            var clients = new List<AllowedClient>();
            foreach (var consent in await consents.ListAsync(query.UserId, cancellationToken))
            {
                var application = await applications.FindByClientIdAsync(consent.ClientId, cancellationToken);
                var name = application is null ? null : await applications.GetDisplayNameAsync(application, cancellationToken);
                clients.Add(new AllowedClient(consent.ClientId, name ?? consent.ClientId, consent.GrantedAt));
            }

            return new Response(clients);
        }
    }
}
