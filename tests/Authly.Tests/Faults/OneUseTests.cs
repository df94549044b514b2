using System.Net;
using System.Text.RegularExpressions;
using Authly.Tests.Harness;

namespace Authly.Tests.Faults;

/// <summary>What a person has proven, and what authorize has asked of a page, is good once, and for its own page.</summary>
public sealed partial class OneUseTests
{
    [Theory, OnEachDatabase]
    public async Task A_one_time_password_s_form_sent_8_times_opens_one_session(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        using var administrator = new Person(server);
        var password = OneTimePasswordPattern().Match(server.Output).Groups[1].Value;
        var page = await (await administrator.VisitAsync("/account/login")).SubmitAsync(("Username", "admin"), ("Password", password));
        Assert.Equal("Choose a password · Authly", page.Title);
        if (database == Database.Postgres)
        {
            // Sessions begin slowly, so that all have begun when the last is sent.
            await shared.ExecuteAsync("""
                create function pause() returns trigger language plpgsql as $$ begin perform pg_sleep(0.4); return new; end $$;
                create trigger pause before insert on sessions for each row execute function pause()
                """);
        }

        // Each from a browser that does not know of the others' answers.
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(async index =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, page.Action)
            {
                Content = new FormUrlEncodedContent(page.Hidden.Append(("NewPassword", $"a new password, {index}"))
                    .Select(field => new KeyValuePair<string, string>(field.Item1, field.Item2))),
            };
            request.Headers.Add("Cookie", administrator.Cookies);
            return await server.Http.SendAsync(request);
        }));
        Assert.DoesNotContain(answers, answer => answer.StatusCode >= HttpStatusCode.InternalServerError);
        var (accepted, living) = (new List<int>(), new List<int>());
        for (var index = 0; index < answers.Length; index++)
        {
            IEnumerable<string> set = answers[index].Headers.TryGetValues("Set-Cookie", out var values) ? values : [];
            var cookies = string.Join("; ", set.Select(cookie => cookie.Split(';')[0]));
            if (SessionPattern().IsMatch(cookies))
                accepted.Add(index);
            using var request = new HttpRequestMessage(HttpMethod.Get, "/account");
            request.Headers.TryAddWithoutValidation("Cookie", cookies);
            if ((await server.Http.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode == HttpStatusCode.OK)
                living.Add(index);
        }

        Assert.True(accepted.Count == 1 && living.Count == 1,
            $"Sessions were opened for {string.Join(", ", accepted)}; those of {string.Join(", ", living)} live.");
        var winner = living[0];
        using var again = new Person(server);
        await (await again.VisitAsync("/account/login")).SubmitAsync(("Username", "admin"), ("Password", $"a new password, {winner}"));
        Assert.Equal("Your account · Authly", (await again.VisitAsync("/account")).Title);
    }

    [Theory, OnEachDatabase]
    public async Task The_interaction_of_a_sign_out_is_nothing_that_one_could_consent_to(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var server = await shared.StartAsync();
        using var alice = new Person(server);
        await (await alice.VisitAsync("/account/login")).SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
        foreach (var query in new[] { "", "?client_id=web&post_logout_redirect_uri=http://localhost:5999/signed-out" })
        {
            var page = await alice.VisitAsync($"/oidc/logout{query}");
            Assert.Equal("Sign out · Authly", page.Title);
            var consent = $"/account/consent?interaction={Uri.EscapeDataString(InteractionOf(page.Url))}";
            var shown = await alice.VisitAsync(consent);
            await alice.PostAsync(consent, [.. page.Hidden, ("decision", "allow")]);
            Assert.Equal(0, await shared.CountAsync("consents"));
            Assert.NotEqual("Allow access · Authly", shown.Title);
        }
    }

    [Theory, OnEachDatabase]
    public async Task A_sign_in_that_was_asked_for_is_good_for_one_code(Database database)
    {
        await using var server = await AuthlyServer.StartAsync(database);
        using var alice = new Person(server);
        await alice.AuthorizeAsync(new AuthorizationRequest());
        foreach (var (name, value) in new[] { ("prompt", "login"), ("prompt", "select_account"), ("max_age", "0") })
        {
            Assert.Contains("code", (await alice.AuthorizeAsync(new AuthorizationRequest().With(name, value))).Keys);
            var way = alice.Redirects.Last(target => target.AbsolutePath == "/oauth/authorize");
            Assert.NotEmpty(InteractionOf(way));
            var again = await alice.VisitAsync(way.ToString());
            Assert.Equal((name, value, false), (name, value, again.Parameters.ContainsKey("code")));
        }
    }

    private static string InteractionOf(Uri url) => System.Web.HttpUtility.ParseQueryString(url.Query)["interaction"] ?? "";

    [GeneratedRegex("session=[^;]")]
    private static partial Regex SessionPattern();

    [GeneratedRegex(@"one-time password (\S+)")]
    private static partial Regex OneTimePasswordPattern();
}
