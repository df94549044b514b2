using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using MediatR;

namespace Authly.Features.Account;

/// <summary>Takes back what a person has allowed a client; its tokens for that person end at once.</summary>
internal static class RevokeConsent
{
    public sealed record Command(Guid UserId, string ClientId) : IRequest, IConsentRequest
    {
        public ConsentDecision Decision => ConsentDecision.Revoked;
    }

    public sealed class Handler(RememberedConsents consents) : AsyncRequestHandler<Command>
    {
        protected override Task Handle(Command command, CancellationToken cancellationToken) =>
            consents.RevokeAsync(command.UserId, command.ClientId, cancellationToken);
    }
}
