using Authly.Infrastructure.Persistence;

namespace Authly.Infrastructure.Hosting;

/// <summary>
/// Makes the database, or brings its schema up to this version, under the lock that starting instances share: afterwards they need no
/// more than to read and write rows.
/// </summary>
internal sealed class MigrateCommand : IVerb
{
    public static VerbDeclaration Declaration { get; } =
        new("migrate", "Make the database, or bring it up to this version; then instances need not own the schema.");

    public static void Define(VerbBuilder verb) => verb.Runs(async (program, _, cancellationToken) =>
    {
        await using var app = program().Build();
        var startup = app.Services.GetRequiredService<Startup>();
        await startup.MigrateAsync(cancellationToken);
        Console.WriteLine("The database is of this version.");
    });
}
