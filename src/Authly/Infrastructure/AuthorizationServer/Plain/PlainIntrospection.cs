using System.Text.Json;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Protocol;
using Authly.Infrastructure.Tokens;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.AuthorizationServer.Plain;

/// <summary>
/// Describes access tokens that are plainly active, and shown to a client that they were given to or are meant for (RFC 7662 §2.2).
/// </summary>
internal sealed class PlainIntrospection(PlainAccessTokens tokens, UserAccounts accounts, AuthlyOptions options)
{
    /// <summary>What to answer; null for any doubt.</summary>
    public async ValueTask<Action<Utf8JsonWriter>?> DescribeAsync(KnownClient client, string token)
    {
        if (await tokens.FindAsync(token) is not var (said, entry) || said.Audiences.Count == 0)
            return null;
        var isMeantFor = said.Audiences.Any(audience => audience == client.Id
            || client.Resources.Any(resource => ResourceIndicators.AreEqual(resource, audience)));
        if (!isMeantFor && said.ClientId != client.Id)
            return null;

        // What speaks for a person is good while the account is active; what a client was given for itself has no family.
        var name = isMeantFor || entry.FamilyId is not null ? await accounts.NameOfAsync(said.Subject) : null;
        return entry.FamilyId is not null && name is null ? null
            : writer => Write(writer, said, entry, isMeantFor, isMeantFor ? name : null);
    }

    private void Write(Utf8JsonWriter writer, VerifiedToken said, TokenEntry entry, bool isMeantFor, string? username)
    {
        var created = Seconds(entry.CreatedAt!.Value);
        writer.WriteBoolean(Claims.Active, true);
        writer.WriteString(Claims.Issuer, options.Issuer);
        if (username is not null)
            writer.WriteString(Claims.Username, username);
        writer.WriteString(Claims.Subject, said.Subject);
        if (said.Scope is not null)
            writer.WriteString(Claims.Scope, said.Scope);
        writer.WriteString(Claims.JwtId, said.Id);
        writer.WriteString(Claims.TokenType, TokenTypes.Bearer);
        writer.WriteString(Claims.TokenUsage, "access_token");
        writer.WriteString(Claims.ClientId, said.ClientId);
        writer.WriteNumber(Claims.IssuedAt, created);
        writer.WriteNumber(Claims.NotBefore, created);
        writer.WriteNumber(Claims.ExpiresAt, Seconds(entry.ExpiresAt!.Value));
        WriteList(writer, Claims.Audience, said.Audiences, isArray: said.Audiences.Count > 1);
        if (!isMeantFor)
            return;
        if (said.AuthenticationTime is { } at)
            writer.WriteNumber(Claims.AuthenticationTime, at);
        if (said.Level is not null)
            writer.WriteString(Claims.AuthenticationContextReference, said.Level);
        if (said.Methods.Count > 0)
            WriteList(writer, Claims.AuthenticationMethodReference, said.Methods, isArray: true);
    }

    private static void WriteList(Utf8JsonWriter writer, string name, IReadOnlyList<string> values, bool isArray)
    {
        if (!isArray)
        {
            writer.WriteString(name, values[0]);
            return;
        }

        writer.WriteStartArray(name);
        foreach (var value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
    }

    private static long Seconds(DateTime time) => new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)).ToUnixTimeSeconds();
}
