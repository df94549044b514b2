using System.Security.Cryptography;
using System.Text;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Seeding;

/// <summary>
/// Applies the seed file where it, or Authly, is another one than at the last start. What it does not name is left alone, and so is what
/// was changed since by other means.
/// </summary>
internal sealed class Seed(
    Reconciliation reconciliation, AuthlyDbContext context, Registrations registrations, AuthlyOptions options, TimeProvider time)
    : IStartupTask
{
    private const string Source = "The seed file (Authly:Seed:File)";

    // Another build may read the same file in another way.
    private static readonly Guid Version = typeof(Seed).Module.ModuleVersionId;

    public StartupPhase Phase => StartupPhase.Seed;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (options.Seed.File is { Length: > 0 } path)
        {
            var text = SeedFile.ReadText(path, Source);
            var says = Encoding.UTF8.GetBytes(text + EnvironmentVariables.ValuesIn(text));
            var hash = Convert.ToHexStringLower(SHA256.HashData([.. Version.ToByteArray(), .. says]));
            // Nearly every start: applying it takes a quarter of that.
            if (!await context.Set<AppliedSeed>().AnyAsync(applied => applied.Hash == hash, cancellationToken))
                await ApplyAsync(SeedFile.Read(text, Source), hash, cancellationToken);
        }

        // Discovery tells them from the first answer on.
        await registrations.ScopesAsync(cancellationToken);
    }

    private async Task ApplyAsync(SeedFile seed, string hash, CancellationToken cancellationToken)
    {
        try
        {
            await reconciliation.ApplyAsync(seed, new ApplyMode(ActorKind.System), cancellationToken);
        }
        catch (RefusedException refused)
        {
            throw new StartupException($"{Source} cannot be applied: {refused.Message}", refused);
        }

        // Last: one that was not applied is tried again.
        await context.Set<AppliedSeed>().ExecuteDeleteAsync(cancellationToken);
        context.Add(new AppliedSeed { Hash = hash, AppliedAt = time.GetUtcNow().UtcDateTime });
        await context.SaveChangesAsync(cancellationToken);
    }
}
