using Authly.Infrastructure.Accounts;
using MediatR;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;

namespace Authly.Features.Account;

public sealed class LogoutModel(IMediator mediator) : AccountPage
{
    public string? Username { get; private set; }

    public IActionResult OnGet()
    {
        ReadInteraction();
        Username = CurrentSession.From(User)?.Username;
        return Username is null ? Done() : Page();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        ReadInteraction();
        if (CurrentSession.From(User) is { } session)
            await mediator.Send(new Logout.Command(session.Id), cancellationToken);
        await HttpContext.SignOutAsync(Sessions.Scheme);
        return Done();
    }

    private RedirectResult Done() => Redirect(Interaction?.ReturnUrl ?? "/account/signed-out");
}
