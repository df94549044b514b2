using Authly.Tests.Harness;

namespace Authly.Tests.Infrastructure;

/// <summary>When a seed file is applied.</summary>
public sealed class SeedTests
{
    [Theory, OnEachDatabase]
    public async Task An_unchanged_seed_is_not_applied_again_and_a_changed_one_is(Database database)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("authly-seed-").FullName, "seed.json");
        File.Copy(AuthlyServer.SeedFile, file);
        using var shared = await SharedDatabase.CreateAsync(database, ("Authly__Seed__File", file));
        await (await shared.StartAsync()).DisposeAsync();
        await shared.ExecuteAsync("""update applications set "DisplayName" = 'Changed since' where "ClientId" = 'web'""");
        await shared.ExecuteAsync("""delete from applications where "ClientId" = 'exempt'""");

        await (await shared.StartAsync()).DisposeAsync();
        Assert.Equal((1, 0), (await NamedAsync("Changed since"), await shared.CountAsync("applications where \"ClientId\" = 'exempt'")));

        await File.AppendAllTextAsync(file, "// Again, please.\n", TestContext.Current.CancellationToken);
        await (await shared.StartAsync()).DisposeAsync();
        Assert.Equal((1, 1), (await NamedAsync("Acme Web"), await shared.CountAsync("applications where \"ClientId\" = 'exempt'")));

        Task<long> NamedAsync(string name) => shared.CountAsync($"applications where \"DisplayName\" = '{name}'");
    }
}
