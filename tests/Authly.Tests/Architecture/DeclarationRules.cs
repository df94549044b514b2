using System.Text.RegularExpressions;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Tokens;
using Authly.Tests.Harness;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Tests.Architecture;

/// <summary>What exists declares itself, once.</summary>
public sealed class DeclarationRules
{
    private static readonly string Source = Path.Combine(AuthlyServer.Repository, "src", "Authly");

    private static readonly List<(string File, string Text)> Sources =
        [.. HouseRules.SourceFiles.Select(file => (file.Data, File.ReadAllText(Path.Combine(Source, file.Data))))];

    [Fact]
    public void No_path_of_an_endpoint_is_written_twice()
    {
        foreach (var path in Declared.Endpoints.SelectMany(endpoint => endpoint.Declaration.Paths))
        {
            var written = Sources.Where(source => Regex.IsMatch(source.Text, $"\"{Regex.Escape(path)}[\"?/]"))
                .Select(source => source.File);
            Assert.Single(written);
        }

        // The pages' paths stand on the pages.
        Assert.DoesNotContain(Sources, source => Regex.IsMatch(source.Text, "\"/account"));
    }

    [Fact]
    public void Every_grant_can_be_asked_for_by_its_name_and_no_other_can()
    {
        Assert.Superset(new HashSet<string> { GrantTypes.AuthorizationCode, GrantTypes.ClientCredentials, GrantTypes.RefreshToken },
            Declared.Grants.Select(grant => grant.Declaration.Type).ToHashSet());
        Assert.All(Declared.Grants, grant => Assert.Same(grant, Declared.Grant(grant.Declaration.Type)));
        Assert.All(["", "password", "Authorization_Code", null], name => Assert.Null(Declared.Grant(name)));
    }

    [Fact]
    public void No_class_is_named_as_its_namespace() =>
        Assert.All(typeof(Program).Assembly.GetTypes().Where(type => type.Namespace is not null),
        type => Assert.DoesNotContain(type.Name, type.Namespace!.Split('.')));

    [Fact]
    public void A_flow_whose_tokens_have_no_row_is_missed_by_name()
    {
        var options = new OpenIddictServerOptions();
        options.ClientAuthenticationMethods.Clear();
        options.GrantTypes.UnionWith(Declared.Grants.Select(grant => grant.Declaration.Type));
        Assert.Empty(TokenKinds.MissingFor(options));
        options.GrantTypes.Add(GrantTypes.DeviceCode);
        options.PushedAuthorizationEndpointUris.Add(new Uri("/oauth/par", UriKind.Relative));
        options.ClientAuthenticationMethods.Add(ClientAuthenticationMethods.PrivateKeyJwt);
        Assert.Equal(
            [
                TokenTypeIdentifiers.Private.DeviceCode, TokenTypeIdentifiers.Private.UserCode,
                TokenTypeIdentifiers.Private.RequestToken, TokenTypeIdentifiers.Private.ClientAssertion,
            ],
            TokenKinds.MissingFor(options));
    }

    [Fact]
    public void Each_kind_that_a_grant_redeems_has_that_grant() => Assert.All(
        TokenKinds.Table.Where(row => row.RedeemedBy is not null), row => Assert.NotNull(Declared.Grant(row.RedeemedBy)));
}
