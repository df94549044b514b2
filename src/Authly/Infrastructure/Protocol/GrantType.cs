namespace Authly.Infrastructure.Protocol;

/// <summary>
/// The name of a grant of the token endpoint (RFC 6749 §1.3). There is one for each grant that a slice declares, made by its declaration,
/// and
/// <see cref="Other"/> for whatever else a client types, so that its values are bounded.
/// </summary>
internal sealed record GrantType
{
    public static readonly GrantType Other = new(ProtocolNames.Other);

    private GrantType(string name) => Name = name;

    public string Name { get; }

    /// <summary>For the declaration of a grant alone.</summary>
    public static GrantType Declare(string name) => new(name);
}
