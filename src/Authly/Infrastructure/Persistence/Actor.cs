using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Protocol;

namespace Authly.Infrastructure.Persistence;

/// <summary>
/// Who administers in this scope, for the audit log and for what they may give: the operator at the command line, who may do all, unless
/// the administration API has said whose request it is.
/// </summary>
internal sealed class Actor
{
    private (ActorKind Kind, string? Id) _who = (ActorKind.Operator, null);
    private IReadOnlyCollection<string>? _scopes;

    /// <param name="kind">A person, or a client for itself.</param>
    /// <param name="id">Their subject.</param>
    /// <param name="scopes">What their token allows.</param>
    public void Is(ActorKind kind, string id, IReadOnlyCollection<string> scopes) => (_who, _scopes) = ((kind, id), scopes);

    /// <summary>Whether it is who has the database, rather than a token or a session.</summary>
    public bool IsOperator => _who.Kind == ActorKind.Operator;

    public AuditEntry Did(SecurityEvent happened) => new(happened, _who.Kind, _who.Id);

    /// <summary>
    /// Threat: whoever may write clients would make one that may do more than they may themselves, or take over one that does.
    /// </summary>
    /// <exception cref="RefusedException">Their token lacks one of these: 403.</exception>
    public void RequireAll(IEnumerable<string> scopes)
    {
        if (_scopes is not null && scopes.Except(_scopes).ToList() is { Count: > 0 } missing)
            throw new RefusedException(Refusal.InsufficientScope(missing));
    }

    /// <summary>Threat: the password of an administrator would be worth more than the token that reset it.</summary>
    /// <exception cref="RefusedException">Their token lacks one of the administration's scopes: 403.</exception>
    public void RequireForAdministrators() => RequireAll(AdminScopes.All.Keys);
}
