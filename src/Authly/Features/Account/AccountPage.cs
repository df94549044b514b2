using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Authly.Features.Account;

/// <summary>What the account's pages share: the interaction that brought the person here, and the way on.</summary>
public abstract class AccountPage : PageModel
{
    [BindProperty(SupportsGet = true, Name = Interactions.Parameter)]
    public string? Handle { get; set; }

    public string? Problem { get; protected set; }

    private protected Interaction? Interaction { get; private set; }

    /// <summary>Reads the request that brought the person here, and lets the page's forms lead to its redirect URI.</summary>
    private protected async Task ReadInteractionAsync(OAuthEndpoint endpoint)
    {
        Interaction = await HttpContext.RequestServices.GetRequiredService<Interactions>()
            .FindAsync(Handle, endpoint, HttpContext.RequestAborted);
        if (Interaction is { RedirectUri.Length: > 0 } interaction)
            HttpContext.Features.Set(FormTarget.For(interaction.RedirectUri));
    }

    /// <summary>Gives the browser its session and leads back to where the person came from.</summary>
    private protected async Task<IActionResult> SignInAsync(CurrentSession session)
    {
        var services = HttpContext.RequestServices;
        // The session that this one replaces ends: nobody would sign out of it any more.
        if (CurrentSession.From(User) is { } replaced)
            await services.GetRequiredService<Sessions>().EndAsync(replaced.Id, SessionEnd.Replaced, HttpContext.RequestAborted);
        await HttpContext.SignInAsync(Sessions.Scheme, session.ToPrincipal());
        if (Interaction is not { } interaction)
            return RedirectToPage(Pages.Account);
        await services.GetRequiredService<Interactions>().DoAsync(interaction, session.Id, Steps.SignedIn, HttpContext.RequestAborted);
        return Redirect(Interactions.UrlOf(Pages.UrlOf(HttpContext, OAuthEndpoint.Authorization), interaction));
    }
}
