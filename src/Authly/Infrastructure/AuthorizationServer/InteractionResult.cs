using Authly.Infrastructure.Http;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Persistence;

namespace Authly.Infrastructure.AuthorizationServer;

/// <summary>Leads the browser to the page that an interaction waits for, or back to the endpoint.</summary>
internal sealed class InteractionResult : IResult
{
    private readonly Interaction _interaction;
    private readonly EndpointDeclaration _endpoint;

    private InteractionResult(Interaction interaction, EndpointDeclaration endpoint) => (_interaction, _endpoint) = (interaction, endpoint);

    /// <summary>Null where there is nothing to wait for.</summary>
    public static IResult? For(Interaction? interaction, EndpointDeclaration endpoint) =>
        interaction is null ? null : new InteractionResult(interaction, endpoint);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var path = _interaction.Page switch
        {
            InteractionPage.Login or InteractionPage.LoginAgain => Pages.UrlOf(httpContext, Pages.Login),
            InteractionPage.Consent => Pages.UrlOf(httpContext, Pages.Consent),
            InteractionPage.Logout => Pages.UrlOf(httpContext, Pages.Logout),
            _ => _endpoint.Paths[0],
        };
        httpContext.Response.Redirect(Interactions.UrlOf(path, _interaction));
        return Task.CompletedTask;
    }
}
