using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using MediatR;

namespace Authly.Features.Authorization;

/// <summary>Remembers that a person allowed a client what it asked for, or notes that they did not.</summary>
internal static class GiveConsent
{
    public sealed record Command(CurrentSession Session, Interaction Interaction, bool IsAllowed) : IRequest, IConsentRequest
    {
        public ConsentDecision Decision => IsAllowed ? ConsentDecision.Granted : ConsentDecision.Denied;
    }

    public sealed class Handler(RememberedConsents consents, Interactions interactions) : AsyncRequestHandler<Command>
    {
        protected override async Task Handle(Command command, CancellationToken cancellationToken)
        {
            var (session, interaction, isAllowed) = command;
            if (isAllowed)
                await consents.AddAsync(
                    session.UserId, interaction.ClientId, interaction.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                    cancellationToken);
            else
                await consents.DenyAsync(session.UserId, interaction.ClientId);
            await interactions.DoAsync(interaction, session.Id, isAllowed ? Steps.Consented : Steps.Denied, cancellationToken);
        }
    }
}
