using Authly.Infrastructure.Mediation;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Authly.Infrastructure.AuthorizationServer.Rules;

/// <summary>
/// What a grant does not define is ignored, before any rule looks at it (RFC 6749 §3.2: MUST): clients send <c>scope</c> with a code, and
/// OpenIddict refuses that.
/// </summary>
internal sealed class IgnoreUndefinedParameters : IOpenIddictServerHandler<ExtractTokenRequestContext>
{
    private static readonly string[] Common =
    [
        Parameters.GrantType, Parameters.ClientId, Parameters.ClientSecret, Parameters.ClientAssertion, Parameters.ClientAssertionType,
    ];

    public ValueTask HandleAsync(ExtractTokenRequestContext context)
    {
        if (context.Request is not { } request || Declared.Grant(request.GrantType) is not { } grant)
            return ValueTask.CompletedTask;
        foreach (var (name, _) in request.GetParameters().ToList())
        {
            if (!Common.Contains(name) && !grant.Declaration.Parameters.Contains(name))
                request.RemoveParameter(name);
        }

        return ValueTask.CompletedTask;
    }
}
