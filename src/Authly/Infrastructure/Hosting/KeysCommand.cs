using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Keys;

namespace Authly.Infrastructure.Hosting;

/// <summary><c>authly keys</c>: lists the signing keys, or makes new ones.</summary>
internal static class KeysCommand
{
    public const string Name = "keys";

    private const string Help = """
        authly keys list           List the signing keys: announced (in JWKS, does not sign yet), active (signs), retired (in JWKS until its
                                   last token has expired).
        authly keys rotate         Make new keys now. They take over after the announcement (Authly:Keys:Announced); no token becomes
                                   invalid.
        authly keys rotate --now   For compromise. New keys sign at once, all others leave JWKS at once. Access and id tokens that they
                                   signed are refused from then on: here at once, elsewhere when JWKS is read again, which caches may put
                                   off for up to an hour. Refresh tokens, codes and sessions are not signed with these keys and live on:
                                   clients refresh, and nobody has to sign in again.

        authly keys reencrypt      Write all keys in the database anew under the current key-encryption key (Authly:KeyEncryption), once
                                   every instance has it, with the former one as Authly:KeyEncryption:Previous. That can go then.

        Settings come from where the server has its own: configuration files, environment, or --Authly:... behind the verb.
        Running instances notice at once on PostgreSQL, and within ten seconds in any case.
        """;

    public static async Task<int> RunAsync(CommandContext context)
    {
        switch (context.Command.Words)
        {
            case ["list"]:
                return await context.WithDatabaseAsync(ListAsync);
            case ["reencrypt"]:
                return await context.WithDatabaseAsync(ReencryptAsync);
            case ["rotate"]:
            case ["rotate", "--now"]:
                return await context.WithDatabaseAsync(async scope =>
                {
                    await scope.GetRequiredService<SigningKeyStore>()
                        .RotateAsync(withdraw: context.Command.Words.Length > 1, CancellationToken.None);
                    await ListAsync(scope);
                });
            case [] or ["help" or "--help"]:
                Console.WriteLine(Help);
                return 0;
            default:
                throw new StartupException("There is no such command. "
                    + "There are: keys list, keys rotate, keys rotate --now, keys reencrypt, keys help.");
        }
    }

    private static async Task ReencryptAsync(IServiceProvider scope)
    {
        var done = await scope.GetRequiredService<KeyReencryption>().RunAsync(CancellationToken.None);
        Console.WriteLine($"Under the current key-encryption key now: {done.ProtectionKeys} Data Protection keys and {done.SigningKeys} "
            + "signing keys. Authly:KeyEncryption:Previous can go.");
        if (done.Unreadable > 0)
            throw new StartupException(
                $"{done.Unreadable} keys cannot be read by any key-encryption key that is given, and stay as they are.");
    }

    private static async Task ListAsync(IServiceProvider scope)
    {
        var now = scope.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime;
        var keys = await scope.GetRequiredService<SigningKeyStore>().ReadAsync(CancellationToken.None);
        string[][] rows =
        [
            ["KID", "ALGORITHM", "STATE", "SIGNS FROM", "SIGNS UNTIL", "PUBLISHED UNTIL"],
            .. keys.OrderBy(key => key.Algorithm, StringComparer.Ordinal).ThenBy(key => key.SignsFrom).Select(key => new[]
            {
                key.KeyId, key.Algorithm, SigningKeySchedule.StateOf(key, keys, now).ToString().ToLowerInvariant(),
                TextTable.Spell(key.SignsFrom), TextTable.Spell(key.SignsUntil), TextTable.Spell(key.PublishedUntil),
            }),
        ];
        TextTable.Write(rows);
    }
}
