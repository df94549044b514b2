using System.Security.Claims;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Mediation;
using FluentValidation;
using MediatR;

namespace Authly.Features.Account;

/// <summary>Signs a person in with username and password; nobody learns from a failure which of the two was wrong, nor from its time.</summary>
internal static class Login
{
    public const string Failed = "The username or the password is not right.";

    public sealed record Command(string Username, string Password) : IRequest<Response>;

    /// <summary>The session's principal; or, for a one-time password, the person who must choose a new one first.</summary>
    public sealed record Response(ClaimsPrincipal? Session, Guid? MustChoosePassword, ProtocolError? Error) : IOutcome;

    public sealed class Validator : AbstractValidator<Command>
    {
        public Validator()
        {
            RuleFor(command => command.Username).Must(name => name.Trim().Length is > 0 and <= Accounts.MaximumUsernameLength && !name.Any(char.IsControl)).WithMessage(Failed);
            RuleFor(command => command.Password).Length(1, Accounts.MaximumPasswordLength).WithMessage(Failed);
        }
    }

    public sealed class Handler(Accounts accounts, Sessions sessions) : IRequestHandler<Command, Response>
    {
        public async Task<Response> Handle(Command command, CancellationToken cancellationToken)
        {
            if (await accounts.VerifyAsync(command.Username, command.Password, cancellationToken) is not { } user)
                return new Response(Session: null, MustChoosePassword: null, ProtocolError.AccessDenied);
            return user.PasswordIsOneTime
                ? new Response(Session: null, user.Id, Error: null)
                : new Response(await sessions.StartAsync(user, cancellationToken), MustChoosePassword: null, Error: null);
        }
    }
}
