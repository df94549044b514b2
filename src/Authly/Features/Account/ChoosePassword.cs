using System.Security.Claims;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;

namespace Authly.Features.Account;

/// <summary>Sets a person's password, who has just proven the old one; every session and token made with the old one ends.</summary>
internal static class ChoosePassword
{
    public sealed record Command(Guid UserId, string? CurrentPassword, string NewPassword) : IRequest<Response>, IPasswordRequest
    {
        public PasswordOperation Operation => PasswordOperation.Change;
    }

    /// <summary>A new session; null when the current password was not right.</summary>
    public sealed record Response(ClaimsPrincipal? Session, ProtocolError? Error) : IOutcome;

    public sealed class Validator : AbstractValidator<Command>
    {
        public Validator() => RuleFor(command => command.NewPassword).Length(UserAccounts.MinimumPasswordLength, UserAccounts.MaximumPasswordLength)
            .WithMessage($"The new password must have at least {UserAccounts.MinimumPasswordLength} characters.");
    }

    public sealed class Handler(UserAccounts accounts, Sessions sessions) : IRequestHandler<Command, Response>
    {
        public async Task<Response> Handle(Command command, CancellationToken cancellationToken)
        {
            var user = await accounts.FindActiveAsync(command.UserId.ToString(), cancellationToken);
            // A one-time password was proven on the page before; any other is asked for here.
            if (user is null || (!user.PasswordIsOneTime
                && (await accounts.VerifyAsync(user.Username, command.CurrentPassword ?? "", cancellationToken)).User is null))
            {
                return new Response(Session: null, ProtocolError.AccessDenied);
            }

            await accounts.ChangePasswordAsync(user, command.NewPassword, cancellationToken);
            return new Response(await sessions.StartAsync(user, cancellationToken), Error: null);
        }
    }
}
