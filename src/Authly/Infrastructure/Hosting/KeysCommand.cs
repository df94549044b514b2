using System.Globalization;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

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
        await using var app = context.Build();
        var services = app.Services;
        switch (context.Command.Words)
        {
            case ["list"]:
                return await WithDatabaseAsync(services, scope => ListAsync(services, scope.GetRequiredService<SigningKeyStore>()));
            case ["reencrypt"]:
                return await WithDatabaseAsync(services, ReencryptAsync);
            case ["rotate"]:
            case ["rotate", "--now"]:
                return await WithDatabaseAsync(services, async scope =>
                {
                    var store = scope.GetRequiredService<SigningKeyStore>();
                    await store.RotateAsync(withdraw: context.Command.Words.Length > 1, CancellationToken.None);
                    await ListAsync(services, store);
                });
            case [] or ["help" or "--help"]:
                Console.WriteLine(Help);
                return 0;
            default:
                throw new StartupException("There is no such command. "
                    + "There are: keys list, keys rotate, keys rotate --now, keys reencrypt, keys help.");
        }
    }

    private static async Task<int> WithDatabaseAsync(IServiceProvider services, Func<IServiceProvider, Task> act)
    {
        await using var scope = services.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>().Database;
        if (!await database.CanConnectAsync())
            throw new StartupException(
                $"The database ({services.GetRequiredService<ConfiguredDatabase>().Name}) cannot be reached, "
                    + "or has not been made yet: start Authly once.");
        if ((await database.GetPendingMigrationsAsync()).Any())
            throw new StartupException("The database has not been brought up to this version yet: start this version of Authly once.");
        await act(scope.ServiceProvider);
        return 0;
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

    private static async Task ListAsync(IServiceProvider services, SigningKeyStore store)
    {
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime;
        var keys = await store.ReadAsync(CancellationToken.None);
        string[][] rows =
        [
            ["KID", "ALGORITHM", "STATE", "SIGNS FROM", "SIGNS UNTIL", "PUBLISHED UNTIL"],
            .. keys.OrderBy(key => key.Algorithm, StringComparer.Ordinal).ThenBy(key => key.SignsFrom).Select(key => new[]
            {
                key.KeyId, key.Algorithm, SigningKeySchedule.StateOf(key, keys, now).ToString().ToLowerInvariant(),
                Spell(key.SignsFrom), Spell(key.SignsUntil), Spell(key.PublishedUntil),
            }),
        ];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
            Console.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }

    private static string Spell(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
