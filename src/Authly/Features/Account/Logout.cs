using Authly.Infrastructure.Accounts;
using MediatR;

namespace Authly.Features.Account;

/// <summary>Ends the person's session with this browser.</summary>
internal static class Logout
{
    public sealed record Command(CurrentSession Session) : IRequest;

    public sealed class Handler(Sessions sessions) : AsyncRequestHandler<Command>
    {
        protected override Task Handle(Command command, CancellationToken cancellationToken) =>
            sessions.EndAsync(command.Session, SessionEnd.SignedOut, cancellationToken);
    }
}
