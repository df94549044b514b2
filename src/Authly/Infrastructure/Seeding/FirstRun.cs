using System.Diagnostics;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Seeding;

/// <summary>
/// Development only: a demo client for "Try it", and a first administrator whose one-time password stands on the console until it
/// has been used.
/// </summary>
internal sealed class FirstRun(ClientReconciliation clients, AuthlyDbContext context, PasswordHasher passwords, AuthlyOptions options,
    FirstSignIn first, TimeProvider time) : IStartupTask
{
    public const string DemoClientId = "demo";

    /// <summary>The demo client's page and redirect URI.</summary>
    public const string DemoPath = "/try";

    private const string Administrator = "admin";

    public StartupPhase Phase => StartupPhase.Seed;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await clients.EnsureAsync(new ClientMetadata
        {
            ClientId = DemoClientId,
            ClientName = "Authly demo",
            RedirectUris = [options.Issuer + DemoPath],
            PostLogoutRedirectUris = [options.Issuer + "/"],
            GrantTypes = ["authorization_code", "refresh_token"],
        }, cancellationToken);

        var administrator = await context.Users.OrderBy(user => user.Id)
            .FirstOrDefaultAsync(user => user.IsAdministrator, cancellationToken);
        if (administrator is { PasswordIsOneTime: false } || (administrator is null && await NameIsTakenAsync(cancellationToken)))
            return;

        // Another instance that starts beside this one has just made one: its console has the password that works.
        if (administrator is not null && administrator.UpdatedAt >= Process.GetCurrentProcess().StartTime.ToUniversalTime())
            return;

        var password = OneTimePassword.Generate();
        var now = time.GetUtcNow().UtcDateTime;
        if (administrator is null)
        {
            administrator = new User
            {
                Username = Administrator,
                NormalizedUsername = UserAccounts.Normalize(Administrator),
                PasswordHash = "",
                IsAdministrator = true,
                CreatedAt = now,
            };
            context.Users.Add(administrator);
        }

        administrator.PasswordHash = await passwords.HashAsync(password, cancellationToken);
        administrator.PasswordIsOneTime = true;
        administrator.PasswordVersion++;
        administrator.UpdatedAt = now;
        await context.SaveChangesAsync(cancellationToken);
        first.OneTimePassword = (administrator.Username, password);
    }

    private Task<bool> NameIsTakenAsync(CancellationToken cancellationToken)
    {
        var name = UserAccounts.Normalize(Administrator);
        return context.Users.AnyAsync(user => user.NormalizedUsername == name, cancellationToken);
    }
}

/// <summary>
/// What the console has to tell a newcomer: the first sign-in's one-time password; null where it has been used, or stands on another
/// console.
/// </summary>
internal sealed class FirstSignIn
{
    public (string Username, string Password)? OneTimePassword { get; set; }
}
