using Authly.Infrastructure.Http;
using MediatR;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

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
        Response.Headers.ContentSecurityPolicy = SecurityHeaders.WithOwnScripts;
        return Page();
    }
}
