using System.Diagnostics;
using Authly.Tests.Harness;

namespace Authly.Load;

/// <summary>What Authly is compared with, each in a process of its own.</summary>
internal static class Baselines
{
    public static async Task<Peer> StartAsync(string which, string[] arguments, string answers, string? database = null)
    {
        var port = Network.FreePort();
        var program = Path.Combine(Peer.Repository, "bench", "Baselines", "bin", "Release", "net10.0", "Authly.Baselines.dll");
        string[] all = [program, which, "--urls", $"http://127.0.0.1:{port}", .. arguments];
        var environment = new Dictionary<string, string> { ["ASPNETCORE_ENVIRONMENT"] = "Production" };
        var ready = new Uri($"http://127.0.0.1:{port}{answers}");
        return new Peer(await Peer.StartAsync("dotnet", all, Path.GetDirectoryName(program)!, environment, ready), port, database);
    }

    /// <summary>node-oidc-provider with two workers; its store is PostgreSQL, or memory where nothing is stored.</summary>
    public static async Task<Peer> StartNodeAsync(PostgresCluster postgres, string store)
    {
        var port = Network.FreePort();
        var folder = Path.Combine(Peer.Repository, "bench", "node-oidc-provider");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            var start = new ProcessStartInfo("npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"]) { WorkingDirectory = folder };
            using var install = Process.Start(start)!;
            await install.WaitForExitAsync();
        }

        var connection = new Npgsql.NpgsqlConnectionStringBuilder(
            $"{postgres.ConnectionString};Database={await Server.CreateDatabaseAsync(postgres)}");
        var environment = new Dictionary<string, string>
        {
            ["NODE_ENV"] = "production",
            ["PORT"] = $"{port}",
            ["STORE"] = store,
            ["PGHOST"] = connection.Host!,
            ["PGPORT"] = $"{connection.Port}",
            ["PGUSER"] = connection.Username!,
            ["PGDATABASE"] = connection.Database!,
        };
        var ready = new Uri($"http://127.0.0.1:{port}/.well-known/openid-configuration");
        var process = await Peer.StartAsync("node", ["server.mjs"], folder, environment, ready);
        return new Peer(process, port, store == "postgres" ? connection.ConnectionString : null);
    }
}
