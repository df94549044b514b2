using Authly.Infrastructure.AuthorizationServer;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Authly.Features.Account;

/// <summary>Says what has become of an interaction that cannot go on, and leads back to its application by name.</summary>
[RateLimited(RateLimitedEndpoint.SignIn)]
public sealed class InterruptedModel(IServiceProvider services) : PageModel
{
    private readonly Interactions _interactions = services.GetRequiredService<Interactions>();

    [BindProperty(SupportsGet = true, Name = Interactions.Parameter)]
    public string? Handle { get; set; }

    public string? ClientName { get; private set; }

    public async Task OnGetAsync(CancellationToken cancellationToken) => ClientName = (await FindAsync(cancellationToken))?.ClientName;

    /// <summary>
    /// The application's own request once more, which is validated as if it came now. It stands in no page and no URL: there are hints in
    /// it that are the person's alone.
    /// </summary>
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken) is not { } ended)
            return RedirectToPage(Pages.Interrupted);
        var again = await _interactions.RestartAsync(ended, cancellationToken);
        return Redirect(Interactions.UrlOf(Pages.UrlOf(HttpContext, OAuthEndpoint.Authorization), again));
    }

    private async Task<Interaction?> FindAsync(CancellationToken cancellationToken) =>
        await _interactions.FindEndedAsync(Handle, cancellationToken) is { Endpoint: OAuthEndpoint.Authorization } ended ? ended : null;
}
