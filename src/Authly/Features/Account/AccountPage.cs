using System.Security.Claims;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Authly.Features.Account;

/// <summary>What the account's pages share: the interaction that brought the person here, and the way on.</summary>
public abstract class AccountPage : PageModel
{
    [BindProperty(SupportsGet = true, Name = Interactions.Parameter)]
    public string? SealedInteraction { get; set; }

    public string? Problem { get; protected set; }

    private protected Interactions Interactions => HttpContext.RequestServices.GetRequiredService<Interactions>();

    private protected Interaction? Interaction { get; private set; }

    /// <summary>Reads what authorize asked, and lets the page's forms lead to the client's redirect URI.</summary>
    private protected void ReadInteraction()
    {
        Interaction = Interactions.Read(SealedInteraction);
        if (Interaction is { RedirectUri.Length: > 0 } interaction)
            HttpContext.Features.Set(FormTarget.For(interaction.RedirectUri));
    }

    /// <summary>Gives the browser its session and leads back to where the person came from.</summary>
    private protected async Task<IActionResult> SignInAsync(ClaimsPrincipal session)
    {
        // The session that this one replaces ends: nobody would sign out of it any more.
        if (CurrentSession.From(User) is { } replaced)
            await HttpContext.RequestServices.GetRequiredService<Sessions>().EndAsync(replaced.Id, HttpContext.RequestAborted);
        await HttpContext.SignInAsync(Sessions.Scheme, session);
        return Interaction is { } interaction
            ? Redirect(Interactions.ReturnUrl(interaction, CurrentSession.From(session)!.Id, Steps.SignedIn))
            : RedirectToPage("/Account/Index");
    }
}
