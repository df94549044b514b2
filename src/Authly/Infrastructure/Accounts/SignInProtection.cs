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
/// must wait, 1, 2, 4 seconds and so on up to a bound. Who must wait is answered as for a wrong password, in the same time. A browser that the
/// account knows counts by itself, so that its owner gets in while strangers guess.
/// </summary>
internal sealed class SignInProtection(AuthlyDbContext context, AuthlyOptions options, TimeProvider time)
{
    // Of those that come at once each sees what the one before it has written; beyond this it is a flood.
    private const int MostAttempts = 20;

    private readonly SignInOptions _options = options.SignIn;

    /// <summary>
    /// Counts a failure in advance; null where the try may be made, else whose failures are too many. Not cancellable: else whoever hangs up
    /// guesses for nothing.
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

    /// <summary>Compares and swaps, so that of any number at once no more get through than one after the other would.</summary>
    private async Task<bool> TryCountAsync(string key, TimeSpan most, int free)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var now = time.GetUtcNow().UtcDateTime;
            var found = await context.SignInThrottles.AsNoTracking().SingleOrDefaultAsync(each => each.Key == key, CancellationToken.None);
            if (found is { } && found.WaitsUntil > now)
                return false;
            var failures = found is null || found.ExpiresAt <= now ? 1 : found.Failures + 1;
            var (waits, expires) = (now + WaitAfter(failures, free, most), now + _options.Memory);
            if (found is null ? await TryAddAsync(new SignInThrottle { Key = key, Failures = 1, WaitsUntil = waits, ExpiresAt = expires })
                : await context.SignInThrottles
                    .Where(each => each.Key == key && each.Failures == found.Failures && each.ExpiresAt == found.ExpiresAt)
                    .ExecuteUpdateAsync(each => each
                        .SetProperty(entity => entity.Failures, failures)
                        .SetProperty(entity => entity.WaitsUntil, waits)
                        .SetProperty(entity => entity.ExpiresAt, expires), CancellationToken.None) == 1)
            {
                return true;
            }
        }

        return false;
    }

    private async Task<bool> TryAddAsync(SignInThrottle throttle) => await context.Database.ExecuteSqlAsync($"""
        insert into sign_in_throttles ("Key", "Failures", "WaitsUntil", "ExpiresAt")
        values ({throttle.Key}, {throttle.Failures}, {throttle.WaitsUntil}, {throttle.ExpiresAt}) on conflict do nothing
        """, CancellationToken.None) == 1;

    private static TimeSpan WaitAfter(int failures, int free, TimeSpan most) => failures < free ? TimeSpan.Zero
        : TimeSpan.FromSeconds(Math.Min(most.TotalSeconds, Math.Pow(2, Math.Min(failures - free, 30))));

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
        var rows = await context.SignInThrottles.Where(each => each.ExpiresAt < before).OrderBy(each => each.ExpiresAt).Take(most)
            .ExecuteDeleteAsync(cancellationToken);
        return new Pruned([(PrunedTable.SignInThrottles, rows)], IsFull: rows == most);
    }
}
