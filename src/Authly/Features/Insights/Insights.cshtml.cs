using Authly.Infrastructure.Http;
using MediatR;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Net.Http.Headers;

namespace Authly.Features.Insights;

/// <summary>In Development, what Prometheus would see, drawn.</summary>
public sealed class InsightsModel(IMediator mediator, IHostEnvironment environment) : PageModel
{
    internal GetInsights.Response Insights { get; private set; } = new([], []);

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (!environment.IsDevelopment())
            return NotFound();
        Insights = await mediator.Send(new GetInsights.Query(), cancellationToken);
        // The page's own script, which asks for this page again.
        Response.Headers[HeaderNames.ContentSecurityPolicy] =
            SecurityHeaders.ContentSecurityPolicy("script-src 'self'; connect-src 'self'; form-action 'self'");
        return Page();
    }
}
