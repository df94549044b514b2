using System.Security.Claims;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Validation.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Administration;

/// <summary>
/// Whose token opens an operation: one for this API that holds the operation's scope, of a client for itself, or of a person who
/// administers this server at this moment. RFC 6750 §3.
/// </summary>
internal sealed class AdminAuthorization(AuthlyDbContext context, Actor actor, AuthlyOptions options)
{
    public static readonly Refusal NoAdministrator = new(
        ProtocolError.AccessDenied, "This person does not administer this server.", StatusCodes.Status403Forbidden);

    private const string Invalid = "Bearer realm=\"Authly\", error=\"invalid_token\"";

    /// <exception cref="RefusedException">There is no token, or none that is good here: 401. It does not allow this: 403.</exception>
    public async Task RequireAsync(HttpContext http, string scope)
    {
        if (http.Request.Headers.Authorization.Count == 0)
            throw new RefusedException(Unauthorized("The administration API wants an access token.", "Bearer realm=\"Authly\""));
        if (await AuthenticateAsync(http) is not { } token || token.GetClaim(Claims.Subject) is not { Length: > 0 } subject)
            throw new RefusedException(Unauthorized(
                "The access token is none for this API, or no longer good.", Invalid));
        // Threat: a token for other APIs, too, is in their hands, and they could send it on (RFC 9700 §2.3).
        if (token.GetAudiences().Except([AdminScopes.ResourceOf(options.Issuer!), options.Issuer!]).Any())
            throw new RefusedException(Unauthorized("The access token is for other APIs, too: ask for one for this alone.", Invalid));
        // Threat: a client may have the id of a person. What it was given for itself has no family.
        var isClient = token.GetAuthorizationId() is null && subject == token.GetClaim(Claims.ClientId);
        // Order: what is refused from here on is refused to somebody known.
        actor.Is(isClient ? ActorKind.Client : ActorKind.Person, subject, token.GetScopes());
        if (!token.HasScope(scope))
            throw new RefusedException(Refusal.InsufficientScope([scope]));
        if (!isClient && (Subjects.UserOf(subject) is not { } id || !await IsAdministratorAsync(id, http.RequestAborted)))
            throw new RefusedException(NoAdministrator);
    }

    /// <summary>Threat: as in JSON, a NUL would reach the database, which fails there.</summary>
    /// <exception cref="RefusedException">The query holds one: 400.</exception>
    public static void RequireText(HttpRequest request)
    {
        if (request.QueryString.Value!.Contains("%00", StringComparison.Ordinal))
            throw new RefusedException(Refusal.Invalid("The query holds a NUL."));
    }

    public Task<bool> IsAdministratorAsync(Guid userId, CancellationToken cancellationToken) => context.Users.AnyAsync(
        user => user.Id == userId && user.IsAdministrator && !user.IsDisabled, cancellationToken);

    // Its handler wants to have seen the request first, which the authentication middleware would have shown it.
    private static async Task<ClaimsPrincipal?> AuthenticateAsync(HttpContext http)
    {
        var handler = await http.RequestServices.GetRequiredService<IAuthenticationHandlerProvider>()
            .GetHandlerAsync(http, OpenIddictValidationAspNetCoreDefaults.AuthenticationScheme);
        await ((IAuthenticationRequestHandler)handler!).HandleRequestAsync();
        return (await handler.AuthenticateAsync()).Principal;
    }

    private static Refusal Unauthorized(string description, string challenge) =>
        new(ProtocolError.InvalidToken, description, StatusCodes.Status401Unauthorized) { Challenge = challenge };
}
