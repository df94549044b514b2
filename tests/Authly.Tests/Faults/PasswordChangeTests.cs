using System.Diagnostics;
using Authly.Tests.Harness;

namespace Authly.Tests.Faults;

/// <summary>A password that was proven before it was changed is worth nothing after, however long its hash took.</summary>
public sealed class PasswordChangeTests
{
    private const string Old = "correct horse battery";
    private const string New = "another good one";

    [Theory, OnEachDatabase]
    public async Task A_password_proven_before_a_change_opens_no_session(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database,
            [.. Hash(memory: 65536, passes: 12), ("Authly__Passwords__Threads", "4")]);
        await using var server = await shared.StartAsync();
        using var owner = new Person(server);
        var started = Stopwatch.GetTimestamp();
        await SignInAsync(owner, Old);
        var hash = Stopwatch.GetElapsedTime(started);
        var form = await owner.VisitAsync("/account/password");
        var others = Enumerable.Range(0, 20).Select(_ => new Person(server)).ToList();
        var pages = await Task.WhenAll(others.Select(other => other.VisitAsync("/account/login")));

        // As long as the change is under way somebody signs in, and so somebody's hash ends after it.
        var change = form.SubmitAsync(("CurrentPassword", Old), ("NewPassword", New));
        var signIns = new List<Task>();
        foreach (var page in pages.TakeWhile(_ => !change.IsCompleted))
        {
            signIns.Add(page.SubmitAsync(("Username", "alice"), ("Password", Old)));
            await Task.WhenAny(change, Task.Delay(hash / 3, TestContext.Current.CancellationToken));
        }

        await change;
        await Task.WhenAll(signIns);
        foreach (var other in others)
        {
            Assert.False(await IsSignedInAsync(other), "A browser that gave the old password is signed in.");
            other.Dispose();
        }

        Assert.True(await IsSignedInAsync(owner));
    }

    [Theory, OnEachDatabase]
    public async Task A_sign_in_that_raises_a_hash_does_not_write_an_old_password_back(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database,
            [.. Hash(memory: 19456, passes: 2), ("Urls", $"http://localhost:{Network.FreePort()}"), ("Authly__Passwords__Threads", "1")]);
        var before = await shared.StartAsync();
        using var owner = new Person(before);
        await SignInAsync(owner, Old);
        await before.DisposeAsync();

        foreach (var (name, value) in Hash(memory: 65536, passes: 12))
            shared.Settings[name] = value;
        await using var server = await shared.StartAsync();
        var form = await owner.VisitAsync("/account/password");
        var others = Enumerable.Range(0, 3).Select(_ => new Person(server)).ToList();
        var pages = await Task.WhenAll(others.Select(other => other.VisitAsync("/account/login")));
        var change = form.SubmitAsync(("CurrentPassword", Old), ("NewPassword", New));
        await Task.Delay(150, TestContext.Current.CancellationToken);
        await Task.WhenAll([change, .. pages.Select(page => page.SubmitAsync(("Username", "alice"), ("Password", Old)))]);

        Assert.True(await IsSignedInAsync(owner), "The browser that changed the password is not signed in.");
        others.AddRange([new Person(server), new Person(server)]);
        await SignInAsync(others[^2], Old);
        Assert.False(await IsSignedInAsync(others[^2]), "The old password signs in.");
        await SignInAsync(others[^1], New);
        Assert.True(await IsSignedInAsync(others[^1]), "The new password does not sign in.");
        others.ForEach(other => other.Dispose());
    }

    private static (string Name, string Value)[] Hash(int memory, int passes) =>
    [
        ("Authly__Passwords__MemoryKiB", $"{memory}"), ("Authly__Passwords__Passes", $"{passes}"),
        ("Authly__Passwords__Deadline", "00:01:00"),
    ];

    private static async Task<Person.Page> SignInAsync(Person person, string password) =>
        await (await person.VisitAsync("/account/login")).SubmitAsync(("Username", "alice"), ("Password", password));

    private static async Task<bool> IsSignedInAsync(Person person) =>
        (await person.VisitAsync("/account")).Title == "Your account · Authly";
}
