using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.IdentityModel.Tokens;

namespace Authly.Tests.Harness;

/// <summary>A correct authorization request, and the one change that a test makes to it.</summary>
public sealed class AuthorizationRequest
{
    private readonly Dictionary<string, string> _parameters;

    public AuthorizationRequest(string clientId = "web", string scope = "openid profile email offline_access")
    {
        _parameters = new Dictionary<string, string>
        {
            ["client_id"] = clientId,
            ["redirect_uri"] = Person.Callback.ToString(),
            ["response_type"] = "code",
            ["scope"] = scope,
            ["state"] = "state-1",
            ["nonce"] = "nonce-1",
            ["code_challenge"] = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier))),
            ["code_challenge_method"] = "S256",
        };
    }

    public string Verifier { get; } = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));

    public IEnumerable<(string Name, string Value)> Parameters => _parameters.Select(pair => (pair.Key, pair.Value));

    public string Url => "/oauth/authorize" + new QueryBuilder(_parameters).ToQueryString();

    /// <summary>Sets a parameter, or leaves it out.</summary>
    public AuthorizationRequest With(string name, string? value)
    {
        if (value is null)
            _parameters.Remove(name);
        else
            _parameters[name] = value;
        return this;
    }
}
