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

    /// <summary>The page of the console that sent the person here.</summary>
    [BindProperty(SupportsGet = true, Name = Pages.ReturnParameter)]
    public string? Return { get; set; }

    public string? Problem { get; protected set; }

    private protected Interaction? Interaction { get; private set; }

    /// <summary>The person came for an application, and what for is over or unknown.</summary>
    private protected bool IsInterrupted => Handle is { Length: > 0 } && Interaction is null;

    private protected string? ReturnUrl => Pages.ReturnOf(HttpContext, Return);

    /// <summary>Reads the request that brought the person here.</summary>
    private protected async Task ReadInteractionAsync(OAuthEndpoint endpoint) =>
        Interaction = await HttpContext.RequestServices.GetRequiredService<Interactions>()
            .FindAsync(Handle, endpoint, HttpContext.RequestAborted);

    /// <summary>Says what has become of it, and leads back to the application.</summary>
    private protected RedirectToPageResult Interrupted() => RedirectToPage(Pages.Interrupted, new { interaction = Handle });

    private protected OneTimePasswordProofs Proofs => HttpContext.RequestServices.GetRequiredService<OneTimePasswordProofs>();

    /// <summary>Where a try to prove a password comes from.</summary>
    private protected SignInOrigin OriginOf(string? username) =>
        HttpContext.RequestServices.GetRequiredService<KnownBrowsers>().OriginOf(HttpContext, username ?? "");

    /// <summary>Gives the browser its session and leads back to where the person came from.</summary>
    private protected async Task<IActionResult> SignInAsync(CurrentSession session)
    {
        var services = HttpContext.RequestServices;
        // The session that this one replaces ends: nobody would sign out of it any more.
        if (CurrentSession.From(User) is { } replaced && replaced.Id != session.Id)
            await services.GetRequiredService<Sessions>().EndAsync(replaced, SessionEnd.Replaced, HttpContext.RequestAborted);
        await HttpContext.SignInAsync(Sessions.Scheme, session.ToPrincipal());
        services.GetRequiredService<KnownBrowsers>().Remember(HttpContext, session.Username);
        if (IsInterrupted)
            return Interrupted();
        if (Interaction is not { } interaction)
            return ReturnUrl is { } page ? Redirect(page) : RedirectToPage(Pages.Account);
        await services.GetRequiredService<Interactions>().DoAsync(interaction, session.Id, Steps.SignedIn, HttpContext.RequestAborted);
        return Redirect(UrlOf(interaction));
    }

    /// <summary>The endpoint that the interaction goes on at.</summary>
    private protected string UrlOf(Interaction interaction) =>
        Interactions.UrlOf(Pages.UrlOf(HttpContext, interaction.Endpoint), interaction);
}
