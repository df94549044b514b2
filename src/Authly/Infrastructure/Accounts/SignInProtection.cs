using System.Security.Cryptography;
using System.Text;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Tokens;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Accounts;

/// <summary>Where a try to sign in comes from.</summary>
/// <param name="Browser">The id of a browser that this account has signed in by before; null for any other.</param>
/// <param name="Address">The network address, an IPv6 one as its /64; null where there is none.</param>
internal sealed record SignInOrigin(string? Browser, string? Address);

/// <summary>
/// Makes guessing slow without locking anybody out: each failure counts before the password is hashed, and after some of them the next try
/// must wait, 1, 2, 4 seconds and so on up to a bound. Who must wait is answered as for a wrong password, in the same time. A browser that
/// the account knows counts by itself, so that its owner gets in while strangers guess.
/// </summary>
internal sealed class SignInProtection(AuthlyDbContext context, AuthlyOptions options, TimeProvider time)
{
    // Milliseconds; each further wait is twice the one before it.
    private const long FirstWait = 1000;

    private readonly SignInOptions _options = options.SignIn;

    /// <summary>
    /// Counts a failure in advance; null where the try may be made, else whose failures are too many. Not cancellable: else whoever hangs
    /// up guesses for nothing.
    /// </summary>
    public async Task<ThrottleKind?> TryBeginAsync(string account, SignInOrigin origin)
    {
        if (!_options.Enabled)
            return null;
        if (origin.Browser is { } browser)
            return await TryCountAsync(KeyOf(ThrottleKind.Browser, browser), _options.MaximumWait) ? null : ThrottleKind.Browser;
        // The address first: whoever tries all names with one password is stopped before each name is counted.
        if (origin.Address is { } address
            && !await TryCountAsync(KeyOf(ThrottleKind.Address, address), _options.AddressMaximumWait, _options.AddressFailures))
        {
            return ThrottleKind.Address;
        }

        return await TryCountAsync(KeyOf(ThrottleKind.Account, account), _options.MaximumWait) ? null : ThrottleKind.Account;
    }

    /// <summary>It was no failure: forgets those of the account or browser, and takes this one back from the address.</summary>
    public async Task SucceededAsync(string account, SignInOrigin origin)
    {
        if (!_options.Enabled)
            return;
        var key = origin.Browser is { } browser ? KeyOf(ThrottleKind.Browser, browser) : KeyOf(ThrottleKind.Account, account);
        await context.SignInThrottles.Where(throttle => throttle.Key == key).ExecuteDeleteAsync(CancellationToken.None);
        if (origin is { Browser: null, Address: { } address })
        {
            var ofAddress = KeyOf(ThrottleKind.Address, address);
            await context.SignInThrottles.Where(throttle => throttle.Key == ofAddress && throttle.Failures > 0).ExecuteUpdateAsync(
                throttle => throttle.SetProperty(entity => entity.Failures, entity => entity.Failures - 1), CancellationToken.None);
        }
    }

    private Task<bool> TryCountAsync(string key, TimeSpan most) => TryCountAsync(key, most, _options.Failures);

    /// <summary>One statement, so that of any number at once no more get through than one after the other would.</summary>
    private async Task<bool> TryCountAsync(string key, TimeSpan longest, int free)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var (most, expires) = ((long)longest.TotalMilliseconds, now + (long)_options.Memory.TotalMilliseconds);
        // Those that come at once have clocks that differ: who need not wait does not wait for another's now.
        var first = free == 1 ? now + FirstWait : 0;
        // 2^20 seconds are longer than any wait may be.
        return await context.Database.ExecuteSqlAsync($"""
            insert into sign_in_throttles as known ("Key", "Failures", "WaitsUntil", "ExpiresAt") values ({key}, 1, {first}, {expires})
            on conflict ("Key") do update set
              "Failures" = case when known."ExpiresAt" <= {now} then 1 else known."Failures" + 1 end,
              "WaitsUntil" = case
                when known."ExpiresAt" <= {now} then {first}
                when known."Failures" + 1 < {free} then 0
                when known."Failures" + 1 - {free} >= 20 or 1000 * (1 << (known."Failures" + 1 - {free})) > {most} then {now} + {most}
                else {now} + 1000 * (1 << (known."Failures" + 1 - {free})) end,
              "ExpiresAt" = {expires}
            where known."WaitsUntil" <= {now}
            """, CancellationToken.None) == 1;
    }

    private static string KeyOf(ThrottleKind kind, string of) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Label<ThrottleKind>.Of(kind)}\0{of}")));
}

/// <summary>Deletes what has been forgotten.</summary>
internal sealed class SignInThrottlePruning : IPruning
{
    public void Restart()
    {
    }

    public async Task<Pruned> PruneAsync(AuthlyDbContext context, DateTime before, int most, CancellationToken cancellationToken)
    {
        var end = new DateTimeOffset(before, TimeSpan.Zero).ToUnixTimeMilliseconds();
        var rows = await context.SignInThrottles.Where(each => each.ExpiresAt < end).OrderBy(each => each.ExpiresAt).Take(most)
            .ExecuteDeleteAsync(cancellationToken);
        return new Pruned([(PrunedTable.SignInThrottles, rows)], IsFull: rows == most);
    }
}
