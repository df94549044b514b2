using System.Text.Json;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Seeding;

/// <summary>A file's people. A password is set when a person is made, and never again; nobody is deleted.</summary>
internal sealed class PersonReconciliation(
    AuthlyDbContext context, PasswordHasher hasher, Registrar registrar, Administrators administrators, TimeProvider time)
{
    /// <summary>The hashes of new people's passwords, by their prepared names.</summary>
    public async Task<Dictionary<string, string>> HashAsync(IReadOnlyList<UserSeed> declared, CancellationToken cancellationToken)
    {
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var seed in declared)
        {
            var name = UserAccounts.Normalize(seed.Username);
            if (!await context.Users.AnyAsync(user => user.NormalizedUsername == name, cancellationToken))
                hashes[name] = await hasher.HashAsync(seed.Password, cancellationToken);
        }

        return hashes;
    }

    public async Task<IReadOnlyList<Difference>> ApplyAsync(IReadOnlyList<UserSeed> declared, IReadOnlyDictionary<string, string> hashes,
        ApplyMode mode, CancellationToken cancellationToken)
    {
        List<Difference> differences = [];
        var loses = false;
        if (!mode.IsDryRun)
            await administrators.LockAsync(declared.Select(seed => seed.Username), cancellationToken);
        foreach (var seed in declared)
        {
            var name = UserAccounts.Normalize(seed.Username);
            var user = await context.Users.SingleOrDefaultAsync(each => each.NormalizedUsername == name, cancellationToken);
            var members = Difference.Between(user is null ? null : Of(user), Of(seed));
            if (user is not null && members.Count == 0)
                continue;
            var sub = user?.Id ?? (seed.Sub is { } given ? Guid.Parse(given) : Guid.CreateVersion7());
            var change = user is null ? Change.Create : Change.Update;
            differences.Add(new Difference("user", seed.Username.Trim(), change, members) { Sub = sub });
            if (mode.IsDryRun)
                continue;
            var now = time.GetUtcNow().UtcDateTime;
            if (user is null)
                context.Users.Add(user = new User
                {
                    Id = sub,
                    Username = seed.Username.Trim(),
                    NormalizedUsername = name,
                    PasswordHash = hashes.GetValueOrDefault(name) ?? await hasher.HashAsync(seed.Password, cancellationToken),
                    CreatedAt = now,
                });
            loses |= user is { IsAdministrator: true, IsDisabled: false } && (seed.Disabled || !seed.Administrator);
            var isDisabledNow = seed.Disabled && !user.IsDisabled;
            (user.IsAdministrator, user.IsDisabled, user.UpdatedAt) = (seed.Administrator, seed.Disabled, now);
            (user.Groups, user.Claims) = (JsonSerializer.Serialize(seed.Groups.Distinct()), seed.Claims.ToJsonString());
            await context.SaveChangesAsync(cancellationToken);
            if (isDisabledNow)
                await registrar.EndAccessAsync(user.Id, SessionEnd.Disabled, cancellationToken);
        }

        if (loses)
            await administrators.RequireOneAsync(cancellationToken);
        return differences;
    }

    private static JsonObject Of(User user) => Of(JsonSerializer.Deserialize<string[]>(user.Groups)!, user.IsAdministrator, user.IsDisabled,
        JsonNode.Parse(user.Claims)!.AsObject());

    private static JsonObject Of(UserSeed seed) => Of(seed.Groups, seed.Administrator, seed.Disabled, seed.Claims);

    private static JsonObject Of(IEnumerable<string> groups, bool isAdministrator, bool isDisabled, JsonObject claims)
    {
        var person = claims.DeepClone().AsObject();
        person["groups"] = Difference.Sorted(groups);
        (person["administrator"], person["disabled"]) = (isAdministrator, isDisabled);
        return person;
    }
}
