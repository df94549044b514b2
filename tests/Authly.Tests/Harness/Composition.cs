using Authly.Infrastructure.Hosting;
using Authly.Infrastructure.Persistence;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Authly.Tests.Harness;

/// <summary>The program's own composition inside the test's process, not started: for the contracts of its parts.</summary>
internal sealed class Composition : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Composition(WebApplication app) => _app = app;

    public IServiceProvider Services => _app.Services;

    public static Composition Build(string connectionString)
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { EnvironmentName = "Development", ContentRootPath = Path.GetTempPath() });
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Urls"] = "http://localhost:5055",
            ["ConnectionStrings:Authly"] = connectionString,
        });
        builder.AddRooms();
        return new Composition(builder.Build());
    }

    /// <summary>Over a new database with its schema.</summary>
    public static async Task<Composition> OverAsync(SharedDatabase database)
    {
        var composition = Build(database.ConnectionString);
        await using var scope = composition.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<AuthlyDbContext>().Database.MigrateAsync();
        return composition;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
