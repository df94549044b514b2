using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Http;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Authly.Infrastructure.Administration;

/// <summary>
/// Lets those in who are signed in and administer this server at this moment, and does what they do in their name. Others may sign in.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class AdministratorsAttribute : Attribute, IAsyncAuthorizationFilter, IExactPath
{
    /// <exception cref="RefusedException">This person does not administer this server: 403.</exception>
    public async Task OnAuthorizationAsync(AuthorizationFilterContext context)
    {
        var http = context.HttpContext;
        AdminAuthorization.RequireText(http.Request);
        if (CurrentSession.From(http.User) is not { } session)
        {
            context.Result = new RedirectResult(Pages.LoginFor(http, http.Request.GetEncodedPathAndQuery()));
            return;
        }

        var services = http.RequestServices;
        services.GetRequiredService<Actor>().Is(ActorKind.Person, session.UserId.ToString(), [.. AdminScopes.All.Keys]);
        if (!await services.GetRequiredService<AdminAuthorization>().IsAdministratorAsync(session.UserId, http.RequestAborted))
            throw new RefusedException(AdminAuthorization.NoAdministrator);
    }
}
