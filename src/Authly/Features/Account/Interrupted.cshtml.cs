using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Authly.Features.Account;

/// <summary>Says what has become of an interaction that cannot go on, and leads back to its application by name.</summary>
public sealed class InterruptedModel(IServiceProvider services) : PageModel
{
    [BindProperty(SupportsGet = true, Name = Interactions.Parameter)]
    public string? Handle { get; set; }

    public string? ClientName { get; private set; }

    /// <summary>The application's own request once more, which is validated as if it came now.</summary>
    public string ContinueUrl { get; private set; } = "";

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        var interaction = await services.GetRequiredService<Interactions>().FindEndedAsync(Handle, cancellationToken);
        if (interaction is not { Endpoint: OAuthEndpoint.Authorization })
            return;
        ClientName = interaction.ClientName;
        ContinueUrl = Request.PathBase + Declared.PathOf(OAuthEndpoint.Authorization) + interaction.Request;
    }
}
