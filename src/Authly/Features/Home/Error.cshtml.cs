using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;

namespace Authly.Features.Home;

/// <summary>
/// Tells a person what went wrong, and the developer who reads it the error code; never more than the client was to know.
/// </summary>
[IgnoreAntiforgeryToken]
public sealed class ErrorModel(IOptions<AntiforgeryOptions> antiforgery) : PageModel
{
    public string Heading { get; private set; } = "";

    public string Advice { get; private set; } = "";

    public string? Code { get; private set; }

    public string? Description { get; private set; }

    public void OnGet() => Describe();

    public void OnPost() => Describe();

    private void Describe()
    {
        var answered = HttpContext.GetOpenIddictServerResponse();
        var refused = HttpContext.Features.Get<Refusal>();
        Code = answered?.Error ?? refused?.Error.Name();
        Description = answered?.ErrorDescription ?? refused?.Description;
        (Heading, Advice) = Response.StatusCode switch
        {
            StatusCodes.Status403Forbidden when Code == ProtocolError.AccessDenied.Name() =>
                ("This is for administrators", "Sign out, and sign in with an account that administers this server."),
            StatusCodes.Status404NotFound => ("There is nothing here", "Check the address."),
            StatusCodes.Status405MethodNotAllowed when Code is null =>
                ("That method is not for this page", "Open its address, or go back and use its form."),
            StatusCodes.Status429TooManyRequests =>
                ("Please wait a moment", "Too many requests came from where you are. Wait a little, then load the page again."),
            StatusCodes.Status500InternalServerError =>
                ("Something went wrong here", "It was not you. Those who run this server can find it in its log."),
            StatusCodes.Status503ServiceUnavailable =>
                ("Please try again in a moment", "The server cannot answer just now. Nothing that you did is lost."),
            _ when Code is not null => ("The application sent a request that cannot be answered",
                "Go back to the application and try again. If it happens again, tell its developers what stands below."),
            StatusCodes.Status400BadRequest when !Request.Cookies.ContainsKey(antiforgery.Value.Cookie.Name!) =>
                ("Cookies are needed here", "Signing in and out works by cookies of this site, and this browser has sent none. "
                    + "Allow them, go back, and load the page again."),
            StatusCodes.Status400BadRequest => ("This page is out of date", "Go back, load it again, and try once more."),
            StatusCodes.Status413PayloadTooLarge => ("That was too much at once", "Go back and send less."),
            _ => ("That did not work", "Go back and try again."),
        };
        if (Response.StatusCode == StatusCodes.Status200OK)
            Response.StatusCode = StatusCodes.Status404NotFound;
    }
}
