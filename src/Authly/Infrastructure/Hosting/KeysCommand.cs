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

        Settings come from where the server has its own: configuration files, environment, or --Authly:... behind the verb.
        Running instances notice at once on PostgreSQL, and within ten seconds in any case.
        """;

    public static async Task<int> RunAsync(IServiceProvider services, Command command)
    {
        switch (command.Words)
        {
            case ["list"]:
                return await WithStoreAsync(services, store => ListAsync(services, store));
            case ["rotate"]:
            case ["rotate", "--now"]:
                return await WithStoreAsync(services, async store =>
                {
                    await store.RotateAsync(withdraw: command.Words.Length > 1, CancellationToken.None);
                    await ListAsync(services, store);
                });
            case [] or ["help" or "--help"]:
                Console.WriteLine(Help);
                return 0;
            default:
                throw new StartupException("There is no such command. There are: keys list, keys rotate, keys rotate --now, keys help.");
        }
    }

    private static async Task<int> WithStoreAsync(IServiceProvider services, Func<SigningKeyStore, Task> act)
    {
        await using var scope = services.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<AuthlyDbContext>().Database;
        if (!await database.CanConnectAsync())
            throw new StartupException(
                $"The database ({services.GetRequiredService<ConfiguredDatabase>().Name}) cannot be reached, "
                    + "or has not been made yet: start Authly once.");
        if ((await database.GetPendingMigrationsAsync()).Any())
            throw new StartupException("The database has not been brought up to this version yet: start this version of Authly once.");
        await act(scope.ServiceProvider.GetRequiredService<SigningKeyStore>());
        return 0;
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
