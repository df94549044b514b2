using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Observability;
using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Authly.Features.Account;

[Authorize]
[RateLimited(RateLimitedEndpoint.SignIn)]
public sealed class IndexModel(IMediator mediator) : PageModel
{
    public string Username { get; private set; } = "";

    internal IReadOnlyList<GetAccount.AllowedClient> Clients { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        var session = CurrentSession.From(User)!;
        Username = session.Username;
        Clients = (await mediator.Send(new GetAccount.Query(session.UserId), cancellationToken)).Clients;
    }

    public async Task<IActionResult> OnPostRevokeAsync(string clientId, CancellationToken cancellationToken)
    {
        if (clientId is { Length: > 0 and <= 256 } && !clientId.Any(char.IsControl))
            await mediator.Send(new RevokeConsent.Command(CurrentSession.From(User)!.UserId, clientId), cancellationToken);
        return RedirectToPage();
    }
}
