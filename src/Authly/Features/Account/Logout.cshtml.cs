using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;

namespace Authly.Features.Account;

[RateLimited(RateLimitedEndpoint.SignIn)]
public sealed class LogoutModel(IMediator mediator) : AccountPage
{
    public string? Username { get; private set; }

    public string? RefusedUri { get; private set; }

    public async Task<IActionResult> OnGetAsync()
    {
        await ReadInteractionAsync(OAuthEndpoint.EndSession);
        if (IsInterrupted)
            return Interrupted();
        Username = CurrentSession.From(User)?.Username;
        RefusedUri = Uri.TryCreate(Interaction?.RefusedUri, UriKind.Absolute, out var refused) && refused.Scheme is "https" or "http"
            ? refused.GetLeftPart(UriPartial.Path) : null;
        return Username is null ? Done() : Page();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        await ReadInteractionAsync(OAuthEndpoint.EndSession);
        if (CurrentSession.From(User) is { } session)
            await mediator.Send(new Logout.Command(session.Id), cancellationToken);
        await HttpContext.SignOutAsync(Sessions.Scheme);
        return Done();
    }

    private IActionResult Done() => Interaction is { } interaction
        ? Redirect(UrlOf(interaction))
        : RedirectToPage(Pages.SignedOut);
}
