using Authly.Infrastructure.Http;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Protocol;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>
/// Hands OpenIddict the parameters that <see cref="ProtocolParameters"/> has read, in place of its own reading: only those that the
/// endpoint or the grant defines, as the rest is ignored (RFC 6749 §3.1, §3.2: MUST) before any rule looks at it.
/// </summary>
internal sealed class ReadRequest<TContext>(IOpenIddictApplicationManager applications) : IOpenIddictServerHandler<TContext>
    where TContext : BaseValidatingContext
{
    private static readonly string[] OfEveryGrant =
    [
        Parameters.GrantType, Parameters.ClientId, Parameters.ClientSecret, Parameters.ClientAssertion, Parameters.ClientAssertionType,
    ];

    // What is needed to tell a client that its request cannot be read.
    private static readonly string[] OfAnAnswer =
        [Parameters.ClientId, Parameters.RedirectUri, Parameters.ResponseType, Parameters.ResponseMode, Parameters.State];

    public async ValueTask HandleAsync(TContext context)
    {
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        var parameters = ProtocolParameters.Of(http)!;
        if (parameters.Refusal is { } refusal)
        {
            context.Transaction.Request = new OpenIddictRequest(
                OfAnAnswer.Select(name => new KeyValuePair<string, string?>(name, parameters.Plain(name))));
            context.Transaction.SetProperty(RefuseUnreadable.Property, refusal);
            return;
        }

        var endpoint = http.GetEndpoint()!.Metadata.GetRequiredMetadata<EndpointDeclaration>();
        var request = new OpenIddictRequest(parameters.All
            .Where(pair => IsDefined(pair.Key, endpoint, parameters))
            .Select(pair => new KeyValuePair<string, string?>(pair.Key, pair.Value)));
        context.Transaction.Request = request;
        if (parameters.Basic is { } basic)
        {
            request.ClientId = await ClientIdAsync(basic, context.CancellationToken);
            request.ClientSecret = basic.Secrets[0] is { Length: > 0 } secret ? secret : null;
        }
    }

    private static bool IsDefined(string name, EndpointDeclaration endpoint, ProtocolParameters parameters) =>
        endpoint.Type != OAuthEndpoint.Token ? endpoint.Parameters.Contains(name)
        : OfEveryGrant.Contains(name)
            || Declared.Grant(parameters[Parameters.GrantType])?.Declaration.Parameters.Contains(name) is true;

    private async ValueTask<string> ClientIdAsync(BasicCredentials basic, CancellationToken cancellationToken)
    {
        foreach (var id in basic.ClientIds)
        {
            if (basic.ClientIds.Count > 1 && await applications.FindByClientIdAsync(id, cancellationToken) is not null)
                return id;
        }

        return basic.ClientIds[0];
    }
}

/// <summary>
/// Tells the client, once its redirect URI is proven, what could not be read; and that a request by reference is not one that it has pushed
/// (RFC 9101 §6.2, RFC 9126 §4).
/// </summary>
internal sealed class RefuseUnreadable : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    public const string Property = "Authly.Unreadable";

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (context.Transaction.GetProperty<Refusal>(Property) is { } refusal)
            context.Reject(refusal.Error.Name(), refusal.Description);
        else if (ProtocolParameters.Of(context.Transaction.GetHttpRequest()!.HttpContext)![Parameters.RequestUri] is not null)
            context.Reject(Errors.InvalidRequestUri, "The 'request_uri' is not one that this server has given out.");
        return ValueTask.CompletedTask;
    }
}
