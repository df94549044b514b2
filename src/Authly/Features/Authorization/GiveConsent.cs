using Authly.Infrastructure.Accounts;
using MediatR;

namespace Authly.Features.Authorization;

/// <summary>Remembers that a person allowed a client these scopes.</summary>
internal static class GiveConsent
{
    public sealed record Command(Guid UserId, string ClientId, IReadOnlyCollection<string> Scopes) : IRequest;

    public sealed class Handler(RememberedConsents consents) : AsyncRequestHandler<Command>
    {
        protected override Task Handle(Command command, CancellationToken cancellationToken) =>
            consents.AddAsync(command.UserId, command.ClientId, command.Scopes, cancellationToken);
    }
}
