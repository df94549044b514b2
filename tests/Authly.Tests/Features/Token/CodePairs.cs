using System.Security.Cryptography;
using System.Text;
using Authly.Tests.Harness;

namespace Authly.Tests.Features.Token;

/// <summary>Codes of every fate, in pairs: given for one request to one person, one by each of two servers.</summary>
internal sealed class CodePairs(AuthlyServer plain, AuthlyServer whole, SharedDatabase shared) : IDisposable
{
    private readonly (Person Plain, Person Whole) _alice = (new Person(plain), new Person(whole));

    /// <summary>Allows each client all that it will ask for: that is remembered once for both.</summary>
    public async Task AllowAsync()
    {
        foreach (var client in GeneratedExchange.Clients)
        {
            foreach (var person in new[] { _alice.Plain, _alice.Whole })
                await person.AuthorizeAsync(new AuthorizationRequest(client, GeneratedExchange.AllScopes));
        }
    }

    public async Task<((string Text, string Verifier) Plain, (string Text, string Verifier) Whole)> MakeAsync(GeneratedExchange sample)
    {
        var codes = (Plain: await MakeAsync(sample, plain, _alice.Plain), Whole: await MakeAsync(sample, whole, _alice.Whole));
        var ofCodes = $"\"ReferenceId\" in ('{HashOf(codes.Plain.Text)}', '{HashOf(codes.Whole.Text)}')";
        await ExecuteAsync(sample.Grant.Fate switch
        {
            "revoked" => $"""update tokens set "Status" = 'revoked' where {ofCodes}""",
            "family ended" =>
                $"""update authorizations set "Status" = 'revoked' where "Id" in (select "AuthorizationId" from tokens where {ofCodes})""",
            "expired" => $"""update tokens set "ExpirationDate" = "CreationDate" where {ofCodes}""",
            "early" => $"""update tokens set "CreationDate" = "ExpirationDate" where {ofCodes}""",
            "session ended" => """update sessions set "ExpiresAt" = "AuthenticatedAt" """,
            "disabled" => """update users set "IsDisabled" = true where "NormalizedUsername" = 'alice'""",
            "ungranted" => Replaced("gt:authorization_code", "gt:password", sample),
            "unserved" => Replaced("ept:token", "ept:none", sample),
            _ => null,
        });
        if (sample.Grant.Fate is "ungranted" or "unserved")
        {
            await Task.Delay(RefreshPairs.AsLongAsClientsAreRemembered);
            // What is not in memory goes the long way: let both know what the client is now.
            foreach (var server in new[] { plain, whole })
            {
                await server.PostAsync(
                    "/oauth/token", RefreshPairs.FormOf(sample.Grant.Client, "unknown"), RefreshPairs.BasicOf(sample.Grant.Client));
            }
        }

        return codes;
    }

    /// <summary>Gives back what a sample took from the person or the client.</summary>
    public async Task MendAsync(GeneratedExchange sample)
    {
        await ExecuteAsync(sample.Grant.Fate switch
        {
            "disabled" => """update users set "IsDisabled" = false where "NormalizedUsername" = 'alice'""",
            "ungranted" => Replaced("gt:password", "gt:authorization_code", sample),
            "unserved" => Replaced("ept:none", "ept:token", sample),
            _ => null,
        });
        if (sample.Grant.Fate is "ungranted" or "unserved")
            await Task.Delay(RefreshPairs.AsLongAsClientsAreRemembered);
    }

    public void Dispose()
    {
        _alice.Plain.Dispose();
        _alice.Whole.Dispose();
    }

    private static string Replaced(string permission, string by, GeneratedExchange sample) => $"""
        update applications set "Permissions" = replace("Permissions", '"{permission}"', '"{by}"')
        where "ClientId" = '{sample.Grant.Client}'
        """;

    private Task ExecuteAsync(string? sql) => sql is null ? Task.CompletedTask : shared.ExecuteAsync(sql);

    private static async Task<(string Text, string Verifier)> MakeAsync(GeneratedExchange sample, AuthlyServer server, Person person)
    {
        var request = sample.Authorization;
        var code = (await person.AuthorizeAsync(request)).GetValueOrDefault("code") ?? "none";
        if (sample.Grant.Fate is "used" or "access")
        {
            var form = RefreshPairs.FormOf(sample.Grant.Client, refreshToken: null);
            form["code"] = code;
            form["redirect_uri"] = Person.Callback.ToString();
            if (sample.HasProof)
                form["code_verifier"] = request.Verifier;
            var answer = await server.PostAsync("/oauth/token", form, RefreshPairs.BasicOf(sample.Grant.Client));
            if (sample.Grant.Fate == "access")
                code = answer["access_token"] ?? "none";
        }

        return (sample.Grant.Fate switch { "garbage" => "garbage", "cut" => code[..^1], _ => code }, request.Verifier);
    }

    private static string HashOf(string code) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(code)));
}
