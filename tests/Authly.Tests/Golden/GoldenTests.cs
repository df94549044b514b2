using System.Text.Json;
using System.Text.Json.Schema;
using System.Text.RegularExpressions;
using Authly.Infrastructure.Keys;
using Authly.Infrastructure.Seeding;
using Authly.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;

namespace Authly.Tests.Golden;

/// <summary>What others build on, whole: a change of it is seen in a file's difference.</summary>
public sealed partial class GoldenTests(Servers servers)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    [Theory]
    [InlineData("openid-configuration")]
    [InlineData("oauth-authorization-server")]
    public async Task The_discovery_documents_promise_what_they_promised(string document)
    {
        var server = await servers.SharedAsync(Database.Sqlite);
        var answer = await server.GetAsync($"/.well-known/{document}");
        var text = JsonSerializer.Serialize(answer.Json, Indented).Replace(server.Issuer, "https://issuer", StringComparison.Ordinal);
        GoldenFile.Match($"{document}.json", text);
    }

    [Fact]
    public async Task Each_key_in_JWKS_has_the_members_that_it_had()
    {
        var server = await servers.SharedAsync(Database.Sqlite);
        var keys = (await server.GetAsync("/.well-known/jwks.json")).Json.GetProperty("keys").EnumerateArray()
            .Select(key => string.Join(", ", key.EnumerateObject().Select(member => member.Name is "kid" or "n" or "x" or "y" or "e"
                ? member.Name : $"{member.Name}={member.Value}")));
        GoldenFile.Match("jwks.txt", string.Join('\n', keys.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Metrics_have_the_names_help_and_labels_that_they_had()
    {
        await using var server = await AuthlyServer.StartAsync(Database.Sqlite);
        await server.DriveAsync();
        var lines = (await server.ScrapeAsync()).Text.Split('\n');
        var families = lines.Where(
            line => line.StartsWith("# HELP authly_", StringComparison.Ordinal)
            || line.StartsWith("# TYPE authly_", StringComparison.Ordinal));
        var series = lines.Where(line => line.StartsWith("authly_", StringComparison.Ordinal)).Select(line =>
            $"{line.Split('{', ' ')[0]} {string.Join(", ", LabelName().Matches(line).Select(match => match.Groups[1].Value))}");
        GoldenFile.Match("metrics.txt", string.Join('\n', families.Concat(series.Distinct().Order(StringComparer.Ordinal))));
    }

    [Theory]
    [InlineData("oauth", "POST", "/oauth/token", "*/*")]
    [InlineData("oauth-method", "PUT", "/oauth/token", "*/*")]
    [InlineData("userinfo", "GET", "/oidc/userinfo", "text/html")]
    [InlineData("problem", "GET", "/nothing-here", "*/*")]
    [InlineData("page", "GET", "/oauth/authorize?client_id=nobody", "*/*")]
    [InlineData("page-not-found", "GET", "/nothing-here", "text/html,*/*;q=0.8")]
    public async Task Errors_come_in_the_style_of_their_endpoint(string name, string method, string path, string accept)
    {
        var server = await servers.SharedAsync(Database.Sqlite);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Accept.ParseAdd(accept);
        var answer = await Answer.ReadAsync(await server.Http.SendAsync(request, TestContext.Current.CancellationToken));
        var body = answer.Body.Contains("<main", StringComparison.Ordinal)
            ? Regex.Replace(answer.Body[answer.Body.IndexOf("<main", StringComparison.Ordinal)..], @"\s+", " ")
            : answer.Body;
        var message = answer.Message;
        string[] lines =
        [
            $"{answer.Status} {message.Content.Headers.ContentType}",
            $"Cache-Control: {message.Headers.CacheControl}", $"WWW-Authenticate: {message.Headers.WwwAuthenticate}",
            $"Allow: {string.Join(", ", message.Content.Headers.Allow)}",
                body.Replace(server.Issuer, "https://issuer", StringComparison.Ordinal),
        ];
        GoldenFile.Match($"error-{name}.txt", string.Join('\n', lines));
    }

    [Fact]
    public async Task OpenIddict_s_pipeline_has_the_handlers_that_it_had()
    {
        await using var composition = Composition.Build("");
        var now = DateTime.UtcNow;
        using var signing = System.Security.Cryptography.ECDsa.Create();
        var key = new SigningCredentials(new ECDsaSecurityKey(signing), SecurityAlgorithms.EcdsaSha256);
        // The options insist on a key.
        var options = new OpenIddictServerOptions();
        composition.Services.GetRequiredService<SigningKeyRing>().Replace(
            [new RingKey("golden", SecurityAlgorithms.EcdsaSha256, now, now.AddDays(1), "", key)],
            () => options = composition.Services.GetRequiredService<IOptionsMonitor<OpenIddictServerOptions>>().CurrentValue);
        var handlers = options.Handlers.GroupBy(handler => handler.ContextType.Name).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Key}\n" + string.Concat(group.OrderBy(handler => handler.Order)
                .ThenBy(handler => NameOf(handler.ServiceDescriptor.ServiceType), StringComparer.Ordinal)
                .Select(handler => $"  {handler.Order,12} {NameOf(handler.ServiceDescriptor.ServiceType)}\n")));
        GoldenFile.Match("pipeline.txt", string.Concat(handlers));
    }

    [Fact]
    public void A_seed_file_has_the_members_that_it_had() =>
        GoldenFile.Match("seed-schema.json", SeedFile.Format.GetJsonSchemaAsNode(typeof(SeedFile)).ToJsonString(Indented));

    private static string NameOf(Type type) =>
        type.IsGenericType ? $"{NestedName(type)[..^2]}<{type.GenericTypeArguments[0].Name}>" : NestedName(type);

    private static string NestedName(Type type) => type.FullName!.Split('[')[0].Replace('+', '.');

    [GeneratedRegex(@"[{,](\w+)=""")]
    private static partial Regex LabelName();
}
