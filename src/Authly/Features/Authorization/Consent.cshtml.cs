using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Authly.Features.Authorization;

[RateLimited(RateLimitedEndpoint.SignIn)]
public sealed class ConsentModel(IMediator mediator, IServiceProvider services) : PageModel
{
    private readonly Interactions _interactions = services.GetRequiredService<Interactions>();

    [BindProperty(SupportsGet = true, Name = Interactions.Parameter)]
    public string? Handle { get; set; }

    /// <summary>Whose page it is: a form that was made for one person says nothing for another who has signed in since.</summary>
    [BindProperty]
    public string? Person { get; set; }

    public string ClientName { get; private set; } = "";

    public string ClientHost { get; private set; } = "";

    public string Username { get; private set; } = "";

    public IReadOnlyList<string> Descriptions { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (await ReadAsync(cancellationToken) is not { } interaction)
            return RedirectToPage(Pages.Interrupted, new { interaction = Handle });
        if (CurrentSession.From(User) is not { } session)
            return SignInAgain();
        if (interaction.Page != InteractionPage.Consent)
            return Return(interaction);
        ClientName = interaction.ClientName;
        ClientHost = new Uri(interaction.RedirectUri).Host;
        (Username, Person) = (session.Username, session.UserId.ToString());
        Descriptions = (await mediator.Send(
            new GetConsent.Query(interaction.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries)), cancellationToken)).Descriptions;
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string? decision, CancellationToken cancellationToken)
    {
        if (await ReadAsync(cancellationToken) is not { } interaction)
            return RedirectToPage(Pages.Interrupted, new { interaction = Handle });
        if (CurrentSession.From(User) is not { } session)
            return SignInAgain();
        // Pressed twice: the first time counts.
        if (interaction.Page != InteractionPage.Consent)
            return Return(interaction);
        if (Person != session.UserId.ToString())
            return RedirectToPage(Pages.Consent, new { interaction = Handle });
        // What is allowed is what authorize has validated, not what the form says.
        await mediator.Send(new GiveConsent.Command(session, interaction, IsAllowed: decision == "allow"),
            cancellationToken);
        return Return(interaction);
    }

    private RedirectResult Return(Interaction interaction) =>
        Redirect(Interactions.UrlOf(Pages.UrlOf(HttpContext, OAuthEndpoint.Authorization), interaction));

    private RedirectToPageResult SignInAgain() => RedirectToPage(Pages.Login, new { interaction = Handle, ended = true });

    /// <summary>The interaction of an authorization request; that of a sign-out is none of this page.</summary>
    private Task<Interaction?> ReadAsync(CancellationToken cancellationToken) =>
        _interactions.FindAsync(Handle, OAuthEndpoint.Authorization, cancellationToken);
}
