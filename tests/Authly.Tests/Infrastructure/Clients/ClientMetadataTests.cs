using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Persistence;
using Authly.Tests.Harness;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Abstractions;

namespace Authly.Tests.Infrastructure.Clients;

/// <summary>What a client says of itself is what is registered, both ways.</summary>
public sealed class ClientMetadataTests
{
    private static readonly ClientMetadata Everything = new()
    {
        ClientId = "shop",
        ClientSecret = "a secret of its own",
        ClientName = "The Shop",
        RedirectUris = ["https://shop.example/a%20b", "https://shop.example/callback"],
        PostLogoutRedirectUris = ["https://shop.example/"],
        GrantTypes = ["authorization_code", "client_credentials", "refresh_token"],
        TokenEndpointAuthMethod = "client_secret_post",
        Scope = "openid orders.read",
        ApplicationType = "native",
        IdTokenSignedResponseAlg = "ES256",
        ClientUri = "https://shop.example",
        LogoUri = "https://shop.example/logo.svg",
        PolicyUri = "https://shop.example/policy",
        TosUri = "https://shop.example/terms",
        Contacts = ["one@shop.example", "two@shop.example"],
        Resources = ["https://shop.example/api", "urn:shop"],
        RequirePkce = false,
        RequireNonce = false,
        ClaimsInIdToken = true,
        RefreshTokenGrace = 1800,
        RequireOfflineAccess = false,
        PrivateUseSchemes = ["cursor"],
        SkipConsent = true,
        Disabled = true,
        ClientType = "confidential",
    };

    [Theory, OnEachDatabase]
    public async Task Metadata_come_back_from_the_database_as_they_were_given(Database database)
    {
        using var shared = await SharedDatabase.CreateAsync(database);
        await using var composition = await Composition.OverAsync(shared);
        await using var scope = composition.Services.CreateAsyncScope();
        var applications = scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>();
        var (context, rows) = (scope.ServiceProvider.GetRequiredService<AuthlyDbContext>(),
            scope.ServiceProvider.GetRequiredService<ClientRows>());
        var least = new ClientMetadata { ClientId = "least", RedirectUris = ["http://localhost/callback"] };
        var cancellationToken = TestContext.Current.CancellationToken;
        foreach (var given in new[] { Everything, least })
        {
            Assert.Empty(new ClientMetadataValidator().Validate(given).Errors);
            await rows.CreateAsync(given, await rows.HashAsync(given, cancellationToken), cancellationToken);
            var client = await context.Clients.AsNoTracking().SingleAsync(each => each.ClientId == given.ClientId, cancellationToken);
            var read = await applications.ToMetadataAsync(client, cancellationToken);
            // The secret is not readable, and what was left to a default has become explicit.
            var expected = given with
            {
                ClientSecret = null,
                ClientType = given.IsPublic ? "public" : "confidential",
                TokenEndpointAuthMethod = given.IsPublic ? "none" : given.TokenEndpointAuthMethod,
                Scope = given.Scope ?? "openid profile email address phone offline_access groups",
            };
            Assert.Equivalent(expected, read, strict: true);
        }
    }

    [Theory]
    [InlineData("cursor://anysphere.cursor-mcp/oauth/callback", "cursor", true)]
    [InlineData("cursor://anysphere.cursor-mcp/oauth/callback", "vscode", false)]
    [InlineData("com.example.app:/callback", "", true)]
    [InlineData("javascript://x/%0aalert(1)", "javascript", false)]
    [InlineData("data:text/html,x", "data", false)]
    [InlineData("file:///etc/passwd", "file", false)]
    [InlineData("vbscript:x", "vbscript", false)]
    [InlineData("blob:https://shop.example/x", "blob", false)]
    public void A_scheme_without_a_dot_must_be_named_and_none_of_a_browsers_can_be(string uri, string scheme, bool isRight)
    {
        var client = new ClientMetadata
        {
            ClientId = "native",
            ApplicationType = "native",
            RedirectUris = [uri],
            PrivateUseSchemes = scheme.Length == 0 ? [] : [scheme],
        };
        Assert.Equal(isRight, new ClientMetadataValidator().Validate(client).IsValid);
    }

    [Fact]
    public void A_scope_comes_back_as_it_was_given()
    {
        var scope = new ScopeMetadata
        {
            Name = "orders.read",
            Description = "See your orders",
            Resources = ["https://orders.example"],
            Claims = ["department"],
        };
        Assert.Equivalent(scope, ScopeMetadata.From(scope.ToDescriptor()), strict: true);
    }
}
