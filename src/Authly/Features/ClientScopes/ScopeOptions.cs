using System.CommandLine;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Hosting;

namespace Authly.Features.ClientScopes;

/// <summary>What the command line can say of a scope, where it is made and where it is changed.</summary>
internal sealed class ScopeOptions(VerbBuilder verb)
{
    private readonly Option<string?> _description = verb.Option<string?>("--description", "What people are asked.");

    private readonly Option<string[]> _resources =
        verb.Option<string[]>("--resource", "An API that the scope is for: the audience of its access tokens; repeatable.");

    private readonly Option<string[]> _claims =
        verb.Option<string[]>("--claim", "What it tells of a person, beyond what a standard scope of its name does; repeatable.");

    /// <summary>The scope with what was typed; all else as it was.</summary>
    public ScopeMetadata Change(ScopeMetadata scope, ParseResult input) => scope with
    {
        Description = input.GetValue(_description) is { } text ? text.Length > 0 ? text : null : scope.Description,
        Resources = input.GetValue(_resources) is { Length: > 0 } resources ? resources : scope.Resources,
        Claims = input.GetValue(_claims) is { Length: > 0 } claims ? claims : scope.Claims,
    };
}
