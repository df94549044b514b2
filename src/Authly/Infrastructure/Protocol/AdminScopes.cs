namespace Authly.Infrastructure.Protocol;

/// <summary>
/// The scopes of the administration API: what a token must hold to read or change what. They exist without being registered; a client may
/// ask for those that it is given, and nothing of them is among the scopes that discovery lists.
/// </summary>
internal static class AdminScopes
{
    public const string ClientsRead = "admin:clients:read";
    public const string ClientsWrite = "admin:clients:write";
    public const string ScopesRead = "admin:scopes:read";
    public const string ScopesWrite = "admin:scopes:write";
    public const string PeopleRead = "admin:people:read";
    public const string PeopleWrite = "admin:people:write";
    public const string GrantsRead = "admin:grants:read";
    public const string GrantsWrite = "admin:grants:write";
    public const string KeysRead = "admin:keys:read";
    public const string KeysWrite = "admin:keys:write";
    public const string AuditRead = "admin:audit:read";
    public const string StatusRead = "admin:status:read";

    private const string Prefix = "admin:";

    /// <summary>Each with what a person is asked.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [ClientsRead] = "See the registered applications of this server",
        [ClientsWrite] = "Register, change and delete applications of this server",
        [ScopesRead] = "See the scopes of this server",
        [ScopesWrite] = "Make, change and delete scopes of this server",
        [PeopleRead] = "See the accounts of this server",
        [PeopleWrite] = "Make, change and delete accounts of this server",
        [GrantsRead] = "See who is signed in and what people have granted applications",
        [GrantsWrite] = "Sign people out and end what they have granted applications",
        [KeysRead] = "See the signing keys of this server, without their secrets",
        [KeysWrite] = "Rotate the signing keys of this server",
        [AuditRead] = "Read the audit log of this server",
        [StatusRead] = "See how this server is",
    };

    /// <summary>Whether a name is kept for them: nobody may register it.</summary>
    public static bool IsReserved(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Those among the scopes of a list that is separated by spaces.</summary>
    public static IEnumerable<string> Of(string? scope) =>
        (scope ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(All.ContainsKey);

    /// <summary>The audience of tokens with such a scope.</summary>
    /// <param name="issuer">As it is configured.</param>
    public static string ResourceOf(string issuer) => $"{issuer.TrimEnd('/')}/admin";
}
