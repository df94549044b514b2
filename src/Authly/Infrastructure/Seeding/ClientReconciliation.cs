using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

namespace Authly.Infrastructure.Seeding;

/// <summary>A file's clients.</summary>
internal sealed class ClientReconciliation(AuthlyDbContext context, ClientRows rows, IOpenIddictApplicationManager applications)
{
    /// <param name="Hash">Of the secret that the file says, where that is not the client's; or of the one that was made.</param>
    /// <param name="Made">The one that was made.</param>
    public sealed record Secret(string? Hash, string? Made = null);

    /// <summary>The secrets of the clients, by their ids.</summary>
    public async Task<Dictionary<string, Secret>> PrepareAsync(
        IReadOnlyList<ClientMetadata> declared, ActorKind actor, CancellationToken cancellationToken)
    {
        var secrets = new Dictionary<string, Secret>(StringComparer.Ordinal);
        foreach (var client in declared.Where(client => !client.IsPublic))
        {
            var row = await context.Clients.AsNoTracking()
                .SingleOrDefaultAsync(each => each.ClientId == client.ClientId, cancellationToken);
            if (client.ClientSecret is null && row?.ClientSecret is null && actor == ActorKind.Operator)
            {
                var made = ClientSecrets.Generate();
                secrets[client.ClientId] = new Secret(await rows.HashAsync(client with { ClientSecret = made }, cancellationToken), made);
            }
            else
            {
                var isKept = row is not null && await rows.HasSecretAsync(row, client, cancellationToken);
                secrets[client.ClientId] = new Secret(isKept ? null : await rows.HashAsync(client, cancellationToken));
            }
        }

        return secrets;
    }

    /// <exception cref="RefusedException">A client names a scope that is not registered, or has no secret.</exception>
    public async Task<IReadOnlyList<Difference>> ApplyAsync(SeedFile file, List<ManagedRegistration> managed,
        IReadOnlyDictionary<string, Secret> secrets, ApplyMode mode, CancellationToken cancellationToken)
    {
        List<Difference> differences = [];
        var scopes = await context.Scopes.Select(scope => scope.Name!).ToListAsync(cancellationToken);
        for (var index = 0; index < file.Clients.Count; index++)
        {
            var client = file.Clients[index];
            // A start goes on without such a scope, which is granted to nobody, as it always did.
            var unknown = client.UnknownScope([.. scopes, .. file.Scopes.Select(scope => scope.Name)]);
            if (mode.Actor == ActorKind.Operator && unknown is not null)
                throw Refused(index, $"scope names '{unknown}', which is not registered");
            var row = await context.Clients.SingleOrDefaultAsync(each => each.ClientId == client.ClientId, cancellationToken);
            if (row?.ClientSecret is null && client is { IsPublic: false, ClientSecret: null } && mode.Actor != ActorKind.Operator)
                throw Refused(index, "client_secret: is required where the client is made at a start");
            var secret = secrets.GetValueOrDefault(client.ClientId);
            if (await CompareAsync(row, client, secret, cancellationToken) is { } difference)
            {
                differences.Add(difference);
                if (!mode.IsDryRun && row is not null)
                    await rows.ReplaceAsync(row, client, secret?.Hash, cancellationToken);
                else if (!mode.IsDryRun)
                    row = await rows.CreateAsync(client, secret?.Hash, cancellationToken);
            }

            if (mode.Manages)
                managed.Keep(context, ManagedRegistration.Client, client.ClientId, row!.ConcurrencyToken);
        }

        if (mode.Prunes)
            differences.AddRange(await PruneAsync(file, managed, mode, cancellationToken));
        return differences;
    }

    /// <summary>Makes one client what it is to be, if it is not.</summary>
    public async Task EnsureAsync(ClientMetadata client, CancellationToken cancellationToken)
    {
        var row = await context.Clients.SingleOrDefaultAsync(each => each.ClientId == client.ClientId, cancellationToken);
        if (row is null)
            await rows.CreateAsync(client, secretHash: null, cancellationToken);
        else if (await CompareAsync(row, client, secret: null, cancellationToken) is not null)
            await rows.ReplaceAsync(row, client, secretHash: null, cancellationToken);
    }

    private async Task<Difference?> CompareAsync(Client? row, ClientMetadata client, Secret? secret, CancellationToken cancellationToken)
    {
        var before = row is null ? null : Difference.Of(await applications.ToMetadataAsync(row, cancellationToken));
        var after = Difference.Of(client.ToDescriptor().ToMetadata() with { Disabled = client.Disabled });
        var members = Difference.Between(before, after);
        var isNewSecret = row is not null && (secret is not null ? secret.Hash is not null
            : !client.IsPublic && !await rows.HasSecretAsync(row, client, cancellationToken));
        if (isNewSecret)
            members = [.. members, new MemberDifference("client_secret", Before: null, After: null)];
        return row is not null && members.Count == 0 ? null
            : new Difference(ManagedRegistration.Client, client.ClientId, row is null ? Change.Create : Change.Update, members);
    }

    private async Task<IReadOnlyList<Difference>> PruneAsync(
        SeedFile file, List<ManagedRegistration> managed, ApplyMode mode, CancellationToken cancellationToken)
    {
        List<Difference> differences = [];
        foreach (var clientId in managed.Others(ManagedRegistration.Client, file.Clients.Select(client => client.ClientId)))
        {
            if (await rows.LockAsync(clientId, cancellationToken) is { } row)
            {
                differences.Add(new Difference(ManagedRegistration.Client, clientId, Change.Delete, []));
                if (!mode.IsDryRun)
                    await rows.DeleteAsync(row, cancellationToken);
            }

            if (mode.Manages)
                managed.Forget(context, ManagedRegistration.Client, clientId);
        }

        return differences;
    }

    private static RefusedException Refused(int index, string fault) => new(Refusal.Invalid($"$.clients[{index}].{fault}."));
}
