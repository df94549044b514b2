using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Seeding;
using MediatR;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Authly.Features.TryIt;

/// <summary>The demo client, in Development only: its start and its redirect URI.</summary>
public sealed class TryItModel(IMediator mediator, IHostEnvironment environment) : PageModel
{
    private const string Cookie = "authly-try";

    public string? Problem { get; private set; }

    private string CookiePath => Request.PathBase + FirstRun.DemoPath;

    internal IReadOnlyList<CompleteTryIt.Part> Parts { get; private set; } = [];

    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        if (!environment.IsDevelopment())
            context.Result = NotFound();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var start = await mediator.Send(new StartTryIt.Command(), cancellationToken);
        Response.Cookies.Append(
            Cookie, start.SealedState,
            new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = Request.IsHttps, Path = CookiePath });
        return Redirect(start.AuthorizationUrl);
    }

    public async Task<IActionResult> OnGetAsync(string? code, string? state, string? error, CancellationToken cancellationToken)
    {
        if (code is null && error is null)
            return RedirectToPage("/Home/Index");
        Response.Cookies.Delete(Cookie, new CookieOptions { Path = CookiePath });
        if (error is not null)
        {
            Problem = $"The answer was an error: {error}.";
            return Page();
        }

        var response = await mediator.Send(new CompleteTryIt.Query(code, state, Request.Cookies[Cookie]), cancellationToken);
        Parts = response.Parts;
        Problem = response.Error is { } refused
            ? $"The flow did not end well: {refused.Name()}. It may have been loaded twice: a code is good for one use." : null;
        return Page();
    }
}
