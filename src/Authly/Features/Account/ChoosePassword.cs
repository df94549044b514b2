using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;

namespace Authly.Features.Account;

/// <summary>Sets a person's password, who has just proven the old one; every session and token made with the old one ends.</summary>
internal static class ChoosePassword
{
    /// <param name="Proof">That a one-time password was given; without, the current password is asked for.</param>
    public sealed record Command(
        Guid UserId, string? CurrentPassword, OneTimePasswordProof? Proof, string NewPassword, SignInOrigin Origin)
        : IRequest<Response>, IPasswordRequest
    {
        public PasswordOperation Operation => PasswordOperation.Change;
    }

    public const string WrongPassword = "The current password is not right.";

    public const string Guessable = "That password is among those that are guessed first. Choose another: a few words are best.";

    /// <summary>A new session; null when the current password was not right, or is not the current one any more.</summary>
    public sealed record Response(CurrentSession? Session, ProtocolError? Error) : IPersonOutcome
    {
        public Guid? PersonId => Session?.UserId;
    }

    public sealed class Validator : AbstractValidator<Command>
    {
        public Validator()
        {
            RuleFor(command => command.CurrentPassword).MaximumLength(UserAccounts.MaximumPasswordLength).WithMessage(WrongPassword);
            RuleFor(command => command.NewPassword).Length(UserAccounts.MinimumPasswordLength, UserAccounts.MaximumPasswordLength)
                .WithMessage($"The new password must have at least {UserAccounts.MinimumPasswordLength} characters.");
        }
    }

    public sealed class Handler(UserAccounts accounts, Sessions sessions) : IRequestHandler<Command, Response>
    {
        public async Task<Response> Handle(Command command, CancellationToken cancellationToken)
        {
            if (await accounts.FindActiveAsync(command.UserId.ToString(), cancellationToken) is { } person
                && GuessablePasswords.Contain(command.NewPassword, person.Username))
            {
                throw new RefusedException(Refusal.Invalid(Guessable));
            }

            if (await ProveAsync(command, cancellationToken) is not { } user
                || !await accounts.TryChangePasswordAsync(user, command.NewPassword, cancellationToken))
            {
                return new Response(Session: null, ProtocolError.AccessDenied);
            }

            return new Response(await sessions.StartAsync(user, cancellationToken), Error: null);
        }

        private async Task<User?> ProveAsync(Command command, CancellationToken cancellationToken)
        {
            var user = await accounts.FindActiveAsync(command.UserId.ToString(), cancellationToken);
            return user is null ? null
                : command.Proof is { } proof ? user.PasswordIsOneTime
                    && proof == new OneTimePasswordProof(user.Id, user.PasswordVersion) ? user : null
                : (await accounts.VerifyAsync(user.Username, command.CurrentPassword ?? "", command.Origin, cancellationToken)).User;
        }
    }
}
