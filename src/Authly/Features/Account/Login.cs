using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;

namespace Authly.Features.Account;

/// <summary>
/// Signs a person in with username and password; nobody learns from a failure which of the two was wrong, nor from its time.
/// </summary>
internal static class Login
{
    public const string Failed = "The username or the password is not right. After several failures each further try must wait a while.";

    /// <param name="Session">The browser's session, which goes on where it is the same person's.</param>
    public sealed record Command(string Username, string Password, CurrentSession? Session, SignInOrigin Origin)
        : IRequest<Response>, ILoginRequest
    {
        public LoginMethod Method => LoginMethod.Password;
    }

    /// <summary>The session; or, for a one-time password, what was proven: a new one must be chosen first.</summary>
    public sealed record Response(CurrentSession? Session, OneTimePasswordProof? MustChoosePassword, LoginFailure? Failure)
        : ILoginOutcome, IPersonOutcome
    {
        public Guid? PersonId => Session?.UserId;

        public ProtocolError? Error => Failure is null ? null : ProtocolError.AccessDenied;

        public LoginStatus Status => Failure is null ? LoginStatus.Success : LoginStatus.Failed;
    }

    public sealed class Validator : AbstractValidator<Command>
    {
        public Validator()
        {
            RuleFor(command => command.Username)
                .Must(name => name.Trim().Length is > 0 and <= UserAccounts.MaximumUsernameLength && !name.Any(char.IsControl))
                    .WithMessage(Failed);
            RuleFor(command => command.Password).Length(1, UserAccounts.MaximumPasswordLength).WithMessage(Failed);
        }
    }

    public sealed class Handler(UserAccounts accounts, Sessions sessions) : IRequestHandler<Command, Response>
    {
        public async Task<Response> Handle(Command command, CancellationToken cancellationToken)
        {
            var (user, failure) = await accounts.VerifyAsync(
                command.Username, command.Password, command.Origin, cancellationToken);
            return user is null ? new Response(Session: null, MustChoosePassword: null, failure)
                : user.PasswordIsOneTime
                    ? new Response(Session: null, new OneTimePasswordProof(user.Id, user.PasswordVersion), Failure: null)
                : new Response(
                    await sessions.RenewAsync(command.Session, user, cancellationToken), MustChoosePassword: null, Failure: null);
        }
    }
}
