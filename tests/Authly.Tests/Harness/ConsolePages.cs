using System.Text.RegularExpressions;
using Authly.Infrastructure.Administration;

namespace Authly.Tests.Harness;

/// <summary>The pages of the console, as the program has them, and an administrator before them.</summary>
public static partial class ConsolePages
{
    private static readonly string Features = Path.Combine(AuthlyServer.Repository, "src", "Authly", "Features");

    /// <summary>Each with what it needs to name something that there is: the test client and alice.</summary>
    public static IReadOnlyList<(string Url, IReadOnlyList<string> Handlers)> All { get; } =
    [
        .. Directory.EnumerateFiles(Features, "*.cshtml", SearchOption.AllDirectories)
            .Select(file => (Text: File.ReadAllText(file), Model: ModelOf(file))).Where(page => page.Model?.BaseType == typeof(ConsolePage))
            .Select(page => (Route().Match(page.Text).Groups[1].Value switch
            {
                var path when path.EndsWith("/client", StringComparison.Ordinal) => $"{path}?client_id=web",
                var path when path.EndsWith("/scope", StringComparison.Ordinal) => $"{path}?name=orders.read",
                var path when path.EndsWith("/person", StringComparison.Ordinal) => $"{path}?username=alice",
                var path => path,
            }, HandlersOf(page.Model!))),
    ];

    /// <summary>Makes an administrator of alice, who then signs in at the console.</summary>
    public static async Task<Person> OpenAsync(SharedDatabase shared, AuthlyServer server)
    {
        await shared.ExecuteAsync("""update users set "IsAdministrator" = true where "Username" = 'alice'""");
        var person = new Person(server);
        await SignInAsync(person);
        return person;
    }

    public static async Task<Person.Page> SignInAsync(Person person, string page = "/admin")
    {
        var login = await person.VisitAsync(page);
        Assert.Equal("Sign in · Authly", login.Title);
        var reached = await login.SubmitAsync(("Username", "alice"), ("Password", "correct horse battery"));
        Assert.Equal(page, reached.Url.PathAndQuery);
        return reached;
    }

    /// <summary>Sends a page's form by the name of its handler.</summary>
    public static async Task<Person.Page> SendAsync(
        this Person person, string url, string handler, params (string Name, string Value)[] fields)
    {
        // Not every page has a form at every time; one token is for all of this browser.
        var hidden = (await person.VisitAsync(url)).Hidden.Concat((await person.VisitAsync("/account/password")).Hidden)
            .Where(field => field.Name is "antiforgery" or "Version"
                || (field.Name == "Fields.IsSent" && fields.Any(typed => typed.Name.StartsWith("Fields.", StringComparison.Ordinal))))
            .DistinctBy(field => field.Name);
        var target = handler.Length == 0 ? url : $"{url}{(url.Contains('?') ? '&' : '?')}handler={handler}";
        return await person.PostAsync(target, [.. hidden, .. fields]);
    }

    private static Type? ModelOf(string file) => Model().Match(File.ReadAllText(file)) is { Success: true } match
        ? typeof(Program).Assembly.GetType(match.Groups[1].Value) : null;

    private static List<string> HandlersOf(Type model) =>
    [
        .. model.GetMethods().Select(method => Handler().Match(method.Name)).Where(match => match.Success)
            .Select(match => match.Groups[1].Value),
    ];

    [GeneratedRegex("^@page \"([^\"]+)\"", RegexOptions.Multiline)]
    private static partial Regex Route();

    [GeneratedRegex(@"^@model (\S+)", RegexOptions.Multiline)]
    private static partial Regex Model();

    [GeneratedRegex("^OnPost(.*)Async$")]
    private static partial Regex Handler();
}
