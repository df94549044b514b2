using System.Diagnostics;
using System.Globalization;
using Authly.Tests.Harness;
using Npgsql;

namespace Authly.Load;

/// <summary>
/// A day in minutes: tokens are issued, used, refreshed, expire and leave, with lifetimes as many times shorter as the run is. Prints
/// what the tables and indexes take, and draws it into <c>churn.svg</c> where it is called.
/// </summary>
internal static class Churn
{
    private sealed record Sample(double Second, long Issued, long Rows, double TableMib, double IndexMib);

    public static async Task RunAsync(Arguments arguments)
    {
        var (tokens, connections) = (arguments.Get("tokens", 2_000_000), arguments.Get("connections", 32));
        await using var postgres = await PostgresCluster.StartNewAsync();
        await using var server = await Server.StartAsync(postgres, new Dictionary<string, string>
        {
            ["Authly__Lifetimes__AuthorizationCode"] = "00:00:05",
            ["Authly__Lifetimes__AccessToken"] = "00:00:20",
            ["Authly__Lifetimes__RefreshTokenIdle"] = "00:00:30",
            ["Authly__Lifetimes__RefreshTokenAbsolute"] = "00:00:40",
            ["Authly__Pruning__Interval"] = "00:00:01",
            ["Authly__Pruning__Retention"] = "00:00:00",
        });
        var people = await People.SignInAsync(server.Port, "/oauth/authorize", "/oauth/token", ServerSettings.Secret);
        var issued = 0L;
        var started = Stopwatch.GetTimestamp();
        List<Sample> samples = [];
        while (Volatile.Read(ref issued) < tokens)
        {
            await Client.RunAsync(server.Port, TimeSpan.FromSeconds(5), connections, async (index, connection) =>
            {
                var made = 0;
                var good = true;
                if (index % 8 == 0)
                {
                    // A code and what it was exchanged for, then what was refreshed.
                    good = await people.AuthorizeAsync(index, connection) && await people.RefreshAsync(index, connection);
                    made = 5;
                }
                else
                {
                    good = await connection.SendAsync(Client.ClientCredentials) == 200;
                    var token = connection.Between("\"access_token\":\"", "\"");
                    if (index % 8 == 1)
                    {
                        var introspect = Client.Request("POST", "/oauth/introspect", $"token={token}", $"service:{ServerSettings.Secret}");
                        good &= await connection.SendAsync(introspect) == 200;
                    }

                    made = 1;
                }

                Interlocked.Add(ref issued, made);
                return good;
            });
            var sample = await MeasureAsync(server.Database!, Stopwatch.GetElapsedTime(started).TotalSeconds, issued);
            samples.Add(sample);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{sample.Second,5:F0} s {sample.Issued,9} issued {sample.Rows,8} rows of tokens, "
                + $"tables {sample.TableMib,7:F1} MiB, indexes {sample.IndexMib,7:F1} MiB"));
        }

        await File.WriteAllTextAsync("churn.svg", Draw(samples));
    }

    private static async Task<Sample> MeasureAsync(string database, double second, long issued)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("""
            select (select count(*) from tokens), sum(pg_table_size(name)), sum(pg_indexes_size(name))
            from unnest(array['tokens', 'authorizations', 'sessions']::regclass[]) as name
            """, connection);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return new Sample(
            second, issued, reader.GetInt64(0), (double)reader.GetDecimal(1) / 1048576, (double)reader.GetDecimal(2) / 1048576);
    }

    private static string Draw(List<Sample> samples)
    {
        const string Font = "font-family=\"sans-serif\" font-size=\"12\"";
        const string Label = "Size of tables and indexes while tokens are issued and expire";
        const int Width = 720, Height = 260, Left = 60, Bottom = 40;
        var (end, top) = (samples[^1].Second, samples.Max(sample => Math.Max(sample.TableMib, sample.IndexMib)) * 1.1);
        string Point(double x, double y) => string.Create(CultureInfo.InvariantCulture,
            $"{Left + (x * (Width - Left - 20)):F1},{Height - Bottom - (y * (Height - Bottom - 20)):F1}");
        string Line(Func<Sample, double> value, double most, string color)
        {
            var points = string.Join(' ', samples.Select(sample => Point(sample.Second / end, value(sample) / most)));
            return $"<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"2\" points=\"{points}\"/>";
        }

        string Text(double x, double y, string text, string color = "#444", string anchor = "start") => string.Create(
            CultureInfo.InvariantCulture, $"<text x=\"{x:F0}\" y=\"{y:F0}\" fill=\"{color}\" text-anchor=\"{anchor}\">{text}</text>");
        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" {Font} role="img" aria-label="{Label}">
            <rect width="{Width}" height="{Height}" fill="#fff"/>
            <path d="M{Left} 20 V{Height - Bottom} H{Width - 20}" fill="none" stroke="#444"/>
            {Text(Left - 8, 24, $"{top:F0} MiB", anchor: "end")}
            {Text(Left - 8, Height - Bottom, "0", anchor: "end")}
            {Text(Width - 20, Height - 24, $"{end:F0} s, {samples[^1].Issued:N0} tokens issued", anchor: "end")}
            {Line(sample => sample.TableMib, top, "#1f6feb")}
            {Line(sample => sample.IndexMib, top, "#d29922")}
            {Line(sample => sample.Issued, samples[^1].Issued * 1.1, "#999")}
            {Text(Left, Height - 8, "tables", "#1f6feb")}
            {Text(Left + 60, Height - 8, "indexes", "#9a6700")}
            {Text(Left + 125, Height - 8, "tokens issued so far (own scale)", "#777")}
            </svg>

            """;
    }
}
