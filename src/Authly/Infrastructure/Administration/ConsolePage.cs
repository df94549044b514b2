using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Authly.Infrastructure.Administration;

/// <summary>
/// What the console's pages share: a page shows something, and its forms change it. Where a change is refused, the page shows again with
/// what was typed and why.
/// </summary>
[Administrators]
[RateLimited(RateLimitedEndpoint.Administration)]
public abstract class ConsolePage : PageModel
{
    // Threat: somebody else at a screen that was left open.
    private static readonly TimeSpan MostAge = TimeSpan.FromMinutes(15);

    private const string DoneParameter = "done";

    /// <summary>A change was made.</summary>
    public bool IsDone => Problems.Count == 0 && Request.Query[DoneParameter] == "true";

    /// <summary>Why a change was not made; empty where none was refused.</summary>
    public IReadOnlyList<string> Problems { get; private set; } = [];

    /// <summary>Of a list, where its next page begins; null at the end.</summary>
    public virtual string? NextPage => null;

    /// <summary>Who administers.</summary>
    public string SignedInAs => CurrentSession.From(User)!.Username;

    /// <summary>The sign-in is young enough to change anything.</summary>
    public bool IsFresh =>
        HttpContext.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow() - CurrentSession.From(User)!.AuthenticatedAt <= MostAge;

    /// <summary>Where to sign in anew, and come back to this page.</summary>
    public string SignInAgainUrl => Pages.LoginFor(HttpContext, UrlWith("handler", value: null), again: true);

    /// <summary>This page's address with one parameter changed; of a list, its first page unless that is what changes.</summary>
    public string UrlWith(string parameter, string? value)
    {
        var query = Request.Query.Where(each => each.Key != parameter && each.Key is not (DoneParameter or "after")).ToList();
        return Request.PathBase + Request.Path + QueryString.Create(value is null ? query : [.. query, new(parameter, value)]);
    }

    public Task OnGetAsync(CancellationToken cancellationToken) => LoadAsync(cancellationToken);

    public override async Task OnPageHandlerExecutionAsync(
        PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        if (!HttpMethods.IsPost(Request.Method) && ModelState.IsValid)
        {
            await next();
        }
        else if (HttpMethods.IsPost(Request.Method) && !IsFresh)
        {
            context.Result = await ShowAgainAsync(StatusCodes.Status403Forbidden, ["You signed in more than 15 minutes ago. "
                + "Sign in again, in another tab so that nothing is lost here, and send this again."]);
        }
        else if (!ModelState.IsValid)
        {
            context.Result = await ShowAgainAsync(StatusCodes.Status400BadRequest,
                [.. ModelState.Values.SelectMany(value => value.Errors).Select(error => error.ErrorMessage).Distinct()]);
        }
        else if ((await next()) is { Exception: RefusedException { Refusal: { Status: < 500 } refusal } } executed)
        {
            executed.ExceptionHandled = true;
            executed.Result = await ShowAgainAsync(refusal.Status,
                refusal == Refusal.Changed ? [$"{refusal.Description} Load this page anew in another tab to see what it is now."]
                : refusal.Members.Count > 0 ? [.. refusal.Members.Select(member => member.Detail).Distinct()] : [refusal.Description]);
        }
    }

    /// <summary>Reads what the page shows.</summary>
    protected abstract Task LoadAsync(CancellationToken cancellationToken);

    /// <summary>Shows a page after a change, by a request that may be made again.</summary>
    /// <param name="page">The name of the page; null for this one.</param>
    /// <param name="parameters">What the page is of.</param>
    private protected RedirectToPageResult Done(string? page = null, params (string Name, string? Value)[] parameters) =>
        RedirectToPage(page, pageHandler: "", new RouteValueDictionary(parameters.Append((DoneParameter, "true"))
            .Select(parameter => new KeyValuePair<string, object?>(parameter.Item1, parameter.Item2))));

    /// <summary>The lines of a field.</summary>
    internal static string[] LinesOf(string? text) =>
        (text ?? "").Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private async Task<PageResult> ShowAgainAsync(int status, IReadOnlyList<string> problems)
    {
        Response.StatusCode = status;
        Problems = problems;
        await LoadAsync(HttpContext.RequestAborted);
        return Page();
    }
}
