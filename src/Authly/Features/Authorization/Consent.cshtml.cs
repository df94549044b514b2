using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Http;
using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Authly.Features.Authorization;

[Authorize]
public sealed class ConsentModel(IMediator mediator, IServiceProvider services) : PageModel
{
    private readonly Interactions _interactions = services.GetRequiredService<Interactions>();

    [BindProperty(SupportsGet = true, Name = Interactions.Parameter)]
    public string? SealedInteraction { get; set; }

    public string ClientName { get; private set; } = "";

    public string ClientHost { get; private set; } = "";

    public string Username { get; private set; } = "";

    public IReadOnlyList<string> Descriptions { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (Read() is not { } interaction)
            return RedirectToPage("/Account/Index");
        ClientName = interaction.ClientName;
        ClientHost = new Uri(interaction.RedirectUri).Host;
        Username = CurrentSession.From(User)!.Username;
        Descriptions = (await mediator.Send(new GetConsent.Query(interaction.Scopes), cancellationToken)).Descriptions;
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string? decision, CancellationToken cancellationToken)
    {
        if (Read() is not { } interaction)
            return RedirectToPage("/Account/Index");
        var session = CurrentSession.From(User)!;
        if (decision != "allow")
            return Redirect(_interactions.ReturnUrl(interaction, session.Id, Steps.Denied));

        // What is allowed is what authorize has validated and sealed, not what the form says.
        await mediator.Send(new GiveConsent.Command(session.UserId, interaction.ClientId, interaction.Scopes), cancellationToken);
        return Redirect(_interactions.ReturnUrl(interaction, session.Id, Steps.Consented));
    }

    private Interaction? Read()
    {
        // The interaction of another page, which has no client to return to, is none of this one.
        if (_interactions.Read(SealedInteraction) is not { RedirectUri.Length: > 0 } interaction)
            return null;
        HttpContext.Features.Set(FormTarget.For(interaction.RedirectUri));
        return interaction;
    }
}
