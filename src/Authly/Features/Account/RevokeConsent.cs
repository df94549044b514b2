using Authly.Infrastructure.Accounts;
using MediatR;

namespace Authly.Features.Account;

/// <summary>Takes back what a person has allowed a client; its tokens for that person end at once.</summary>
internal static class RevokeConsent
{
    public sealed record Command(Guid UserId, string ClientId) : IRequest;

    public sealed class Handler(RememberedConsents consents) : AsyncRequestHandler<Command>
    {
        protected override Task Handle(Command command, CancellationToken cancellationToken) =>
            consents.RevokeAsync(command.UserId, command.ClientId, cancellationToken);
    }
}
