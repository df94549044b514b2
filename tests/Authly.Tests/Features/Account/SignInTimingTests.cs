using System.Diagnostics;
using Authly.Tests.Harness;

namespace Authly.Tests.Features.Account;

/// <summary>Neither words nor time tell what is known of an account.</summary>
public sealed class SignInTimingTests
{
    private const string Right = "correct horse battery";

    [Theory, OnEachDatabase]
    public async Task Unknown_known_waiting_and_disabled_accounts_answer_the_same_in_the_same_time(Database database)
    {
        await using var server = await StartAsync(database, "1000");
        await using var strict = await StartAsync(database, "1");
        for (var guess = 0; guess < 8; guess++)
            await TryAsync(strict, "waiting", "wrong");
        var cases = new (AuthlyServer Server, string Name)[]
        {
            (server, "nobody"), (server, "bob"), (server, "mallory"), (strict, "waiting"),
        };
        var times = cases.ToDictionary(each => each.Name, _ => new List<double>());
        var texts = new HashSet<string>();
        for (var sample = 0; sample < 25; sample++)
        {
            foreach (var (where, name) in cases)
            {
                using var person = new Person(where);
                var form = await person.VisitAsync("/account/login");
                // What is compared is the time that tries which are made take where this one is.
                if (where == strict)
                    await TryAsync(where, $"other-{sample}", "wrong");
                var started = Stopwatch.GetTimestamp();
                var page = await form.SubmitAsync(("Username", name), ("Password", "wrong"));
                times[name].Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                texts.Add(page.Text.Replace(name, "", StringComparison.Ordinal));
            }
        }

        Assert.Single(texts);
        var medians = times.ToDictionary(pair => pair.Key, pair => pair.Value.Order().ElementAt(pair.Value.Count / 2));
        var told = string.Join(", ", medians.Select(pair => $"{pair.Key} {pair.Value:F1} ms"));
        Assert.True(medians.Values.Max() / medians.Values.Min() < 2, told);
    }

    [Theory, OnEachDatabase]
    public async Task A_password_that_is_guessed_first_is_refused_when_it_is_chosen(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        using var alice = new Person(server);
        await TryAsync(alice, "alice", Right);
        foreach (var (password, isTaken) in new[]
        {
            ("password1", false), ("P@ssw0rd!", false), ("qwertyuiop", false), ("12345678", false), ("aaaaaaaaaa", false),
            ("alice2026!", false),
            ("Sunshine99", false), ("letmeinletmein", false), ("stapler on a purple boat", true),
        })
        {
            var page = await (await alice.VisitAsync("/account/password"))
                .SubmitAsync(("CurrentPassword", Right), ("NewPassword", password));
            Assert.True(isTaken == (page.Title == "Your account · Authly"), $"{password}: {page.Text}");
        }
    }

    private static Task<AuthlyServer> StartAsync(Database database, string failures) =>
        AuthlyServer.StartAsync(database, new Dictionary<string, string>
        {
            ["Authly__SignIn__Failures"] = failures,
            ["Authly__SignIn__AddressFailures"] = "10000",
            // As expensive as in Production: what is told apart is whether somebody hashes.
            ["Authly__Passwords__MemoryKiB"] = "19456",
            ["Authly__Passwords__Passes"] = "2",
        });

    private static async Task<Person.Page> TryAsync(AuthlyServer server, string name, string password)
    {
        using var stranger = new Person(server);
        return await TryAsync(stranger, name, password);
    }

    private static async Task<Person.Page> TryAsync(Person person, string name, string password) =>
        await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", name), ("Password", password));
}
