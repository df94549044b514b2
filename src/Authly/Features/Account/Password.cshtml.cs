using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace Authly.Features.Account;

[Authorize]
[RateLimited(RateLimitedEndpoint.Password)]
public sealed class PasswordModel(IMediator mediator) : AccountPage
{
    public string Username => CurrentSession.From(User)!.Username;

    [BindProperty]
    public string? CurrentPassword { get; set; }

    [BindProperty]
    public string? NewPassword { get; set; }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        try
        {
            var command = new ChoosePassword.Command(
                CurrentSession.From(User)!.UserId, CurrentPassword, Proof: null, NewPassword ?? "", OriginOf(Username));
            if ((await mediator.Send(command, cancellationToken)).Session is { } session)
                return await SignInAsync(session);
            Problem = ChoosePassword.WrongPassword;
        }
        catch (RefusedException refused) when (refused.Refusal.Error == ProtocolError.InvalidRequest)
        {
            Problem = refused.Message;
        }

        return Page();
    }
}
