using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Authly.Infrastructure.Hosting.Diagnoses;

/// <summary>Whether the database answers, is of this version, can be written, and has what a server needs: keys and people.</summary>
internal static class DatabaseDiagnosis
{
    private static readonly TimeSpan MostSkew = TimeSpan.FromSeconds(2);

    public static async Task<IReadOnlyList<Finding>> MakeAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var context = services.GetRequiredService<AuthlyDbContext>();
        var name = services.GetRequiredService<ConfiguredDatabase>().Name;
        try
        {
            if (!context.Database.IsNpgsql() && !await context.Database.CanConnectAsync(cancellationToken))
                return [new("database", Verdict.Warning, "The SQLite file has not been made yet.", "A start makes it, or authly migrate.")];
            if (await SchemaAsync(context, cancellationToken) is { } schema)
                return [schema];
            List<Finding> findings = [new("database", Verdict.Ok, $"{name} answers, and is of this version.")];
            if (context.Database.IsNpgsql())
                findings.AddRange(await PostgresAsync(context, services, cancellationToken));
            else
                findings.AddRange(SqliteFile(context));
            findings.Add(await KeysAsync(services, cancellationToken));
            if (!await context.Users.AnyAsync(user => user.IsAdministrator && !user.IsDisabled, cancellationToken))
                findings.Add(new("people", Verdict.Warning, "Nobody administers this server.", "authly user create NAME --administrator"));
            return findings;
        }
        catch (Exception exception) when (exception.IsFromDatabase())
        {
            return [new("database", Verdict.Fault, $"{name} cannot be used: {StartFaults.OneLine(exception.GetBaseException().Message)}",
                "ConnectionStrings:Authly says where it is and who asks; is it running, and may this machine reach it?")];
        }
    }

    private static async Task<Finding?> SchemaAsync(AuthlyDbContext context, CancellationToken cancellationToken)
    {
        var applied = await context.Database.GetAppliedMigrationsAsync(cancellationToken);
        var known = context.Database.GetMigrations().ToList();
        return applied.Except(known).Any()
            ? new("database", Verdict.Fault, "The database is of a newer version of Authly.", "Run that version, or restore a backup.")
            : known.Except(applied).Any()
                ? new("database", Verdict.Warning, "The database is not of this version yet.", "A start brings it up, or authly migrate.")
                : null;
    }

    private static async Task<IReadOnlyList<Finding>> PostgresAsync(
        AuthlyDbContext context, IServiceProvider services, CancellationToken cancellationToken)
    {
        List<Finding> findings = [];
        var isReadOnly = await context.Database
            .SqlQuery<string>($"""select current_setting('transaction_read_only') as "Value" """).SingleAsync(cancellationToken);
        if (isReadOnly == "on")
            findings.Add(new("database", Verdict.Fault, "It is read-only.",
                "Name the primary, or Target Session Attributes=primary, in ConnectionStrings:Authly."));
        else if (!await context.Database.SqlQuery<bool>($"""
            select has_table_privilege('tokens', 'insert') and has_table_privilege('tokens', 'update')
              and has_table_privilege('tokens', 'delete') as "Value"
            """).SingleAsync(cancellationToken))
            findings.Add(new("database", Verdict.Fault, "Its user may not write tokens.",
                "grant select, insert, update, delete on all tables in schema public to the user"));
        var before = DateTime.UtcNow;
        var there = await context.Database.SqlQuery<DateTime>($"""select clock_timestamp() as "Value" """).SingleAsync(cancellationToken);
        var (skew, asking) = (there.ToUniversalTime() - before, DateTime.UtcNow - before);
        findings.Add(skew < -MostSkew || skew > MostSkew + asking
            ? new("clock", Verdict.Fault, $"This machine's clock and the database's are {Math.Abs(skew.TotalSeconds):F0} s apart.",
                "Let both follow a time server (NTP): tokens begin and end by the clock.")
            : new("clock", Verdict.Ok, "It agrees with the database's."));
        return findings;
    }

    // The file holds password hashes and keys; the folder's mode may keep others out as well.
    private static IEnumerable<Finding> SqliteFile(AuthlyDbContext context)
    {
        const UnixFileMode OfOthers = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        var path = Path.GetFullPath(context.Database.GetDbConnection().DataSource);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & OfOthers) != 0
            && (File.GetUnixFileMode(Path.GetDirectoryName(path)!) & UnixFileMode.OtherExecute) != 0)
        {
            yield return new("database", Verdict.Warning, "Everybody on this machine can read its file.", $"chmod 600 {path}");
        }
    }

    private static async Task<Finding> KeysAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var material = services.GetRequiredService<SigningKeyMaterial>();
        var keys = await services.GetRequiredService<SigningKeyStore>().ReadAsync(cancellationToken);
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime;
        var missing = SigningKeyMaterial.Algorithms.Where(algorithm => !keys.Exists(
            key => key.Algorithm == algorithm && key.SignsFrom <= now && key.SignsUntil > now && material.CanRead(key))).ToList();
        return keys.Count == 0 ? new("keys", Verdict.Warning, "There are no signing keys yet.", "The first start makes them.")
            : !keys.Exists(material.CanRead) ? new("keys", Verdict.Fault, SigningKeyMaterial.Unreadable,
                "Give Authly:KeyEncryption as the other instances have it, or the former one as Authly:KeyEncryption:Previous.")
            : missing.Count > 0 ? new("keys", Verdict.Warning, $"No key signs {string.Join(" or ", missing)} at this moment.",
                "A start makes new ones, or authly keys rotate --now.")
            : new("keys", Verdict.Ok, "Signing keys can be read, and sign.");
    }
}
