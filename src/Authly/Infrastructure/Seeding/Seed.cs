using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

namespace Authly.Infrastructure.Seeding;

/// <summary>
/// Applies the seed file where it, or Authly, is another one than at the last start: what it names is made, or made so again; what it does
/// not name is left alone. Passwords are the exception: they are set when a person is made, and never again.
/// </summary>
internal sealed class Seed(IOpenIddictApplicationManager applications, IOpenIddictScopeManager scopes, AuthlyDbContext context,
    PasswordHasher passwords, Registrations registrations, AuthlyOptions options, TimeProvider time) : IStartupTask
{
    // Another build may read the same file in another way.
    private static readonly Guid Version = typeof(Seed).Module.ModuleVersionId;

    public StartupPhase Phase => StartupPhase.Seed;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (options.Seed.File is { Length: > 0 } path)
        {
            var text = SeedFile.ReadText(path);
            var hash = Convert.ToHexStringLower(SHA256.HashData([.. Version.ToByteArray(), .. Encoding.UTF8.GetBytes(text)]));
            // Nearly every start: applying it takes a quarter of that.
            if (!await context.Set<AppliedSeed>().AnyAsync(applied => applied.Hash == hash, cancellationToken))
                await ApplyAsync(SeedFile.Read(text), hash, cancellationToken);
        }

        // Discovery tells them from the first answer on.
        await registrations.ScopesAsync(cancellationToken);
    }

    private async Task ApplyAsync(SeedFile seed, string hash, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var scope in seed.Scopes)
                await ApplyAsync(scope, cancellationToken);
            foreach (var client in seed.Clients)
                await ApplyAsync(client, cancellationToken);
            foreach (var user in seed.Users)
                await ApplyAsync(user, cancellationToken);
        }
        catch (OpenIddictExceptions.ValidationException exception)
        {
            throw new StartupException($"The seed file (Authly:Seed:File) cannot be applied: {exception.Message}", exception);
        }

        // Last: one that was applied half is applied again.
        await context.Set<AppliedSeed>().ExecuteDeleteAsync(cancellationToken);
        context.Add(new AppliedSeed { Hash = hash, AppliedAt = time.GetUtcNow().UtcDateTime });
        await context.SaveChangesAsync(cancellationToken);
    }

    public async Task ApplyAsync(ClientMetadata client, CancellationToken cancellationToken)
    {
        var descriptor = client.ToDescriptor();
        if (await context.Clients.SingleOrDefaultAsync(each => each.ClientId == client.ClientId, cancellationToken) is { } existing)
            await applications.UpdateAsync(existing, descriptor, cancellationToken);
        else
            await applications.CreateAsync(descriptor, cancellationToken);
    }

    private async Task ApplyAsync(ScopeMetadata scope, CancellationToken cancellationToken)
    {
        var descriptor = scope.ToDescriptor();
        if (await scopes.FindByNameAsync(scope.Name, cancellationToken) is { } existing)
            await scopes.UpdateAsync(existing, descriptor, cancellationToken);
        else
            await scopes.CreateAsync(descriptor, cancellationToken);
    }

    private async Task ApplyAsync(UserSeed seed, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var normalized = UserAccounts.Normalize(seed.Username);
        var user = await context.Users.SingleOrDefaultAsync(each => each.NormalizedUsername == normalized, cancellationToken);
        if (user is null)
        {
            user = new User
            {
                Id = seed.Sub is { } sub ? Guid.Parse(sub) : Guid.CreateVersion7(),
                Username = seed.Username.Trim(),
                NormalizedUsername = normalized,
                PasswordHash = await passwords.HashAsync(seed.Password, cancellationToken),
                CreatedAt = now,
                UpdatedAt = now,
            };
            context.Users.Add(user);
        }

        var claims = seed.Claims?.ToJsonString() ?? "{}";
        var groups = JsonSerializer.Serialize(seed.Groups.Distinct());
        if (user.Claims != claims || user.Groups != groups)
        {
            (user.Claims, user.Groups) = (claims, groups);
            user.UpdatedAt = now;
        }

        user.IsAdministrator = seed.Administrator;
        user.IsDisabled = seed.Disabled;
        await context.SaveChangesAsync(cancellationToken);
    }
}
