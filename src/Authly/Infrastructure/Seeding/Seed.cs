using System.Text.Json;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.AuthorizationServer.Rules;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;
using Authly.Infrastructure.Observability;
using Authly.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Seeding;

/// <summary>
/// Applies the seed file: what it names is made, or made so again; what it does not name is left alone. Passwords are the exception:
/// they are set when a person is made, and never again.
/// </summary>
internal sealed class Seed(IOpenIddictApplicationManager applications, IOpenIddictScopeManager scopes, AuthlyDbContext context, UserAccounts accounts,
    PasswordHasher passwords, Registrations registrations, AuthlyOptions options, TimeProvider time) : IStartupTask
{
    public StartupPhase Phase => StartupPhase.Seed;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (options.Seed.File is { } path)
        {
            var seed = SeedFile.Read(path);
            try
            {
                foreach (var scope in seed.Scopes)
                    await ApplyAsync(scope, cancellationToken);
                foreach (var client in seed.Clients)
                    await ApplyAsync(client, cancellationToken);
                foreach (var user in seed.Users)
                    await ApplyAsync(user, cancellationToken);
            }
            catch (OpenIddictExceptions.ValidationException exception)
            {
                throw new StartupException($"The seed file (Authly:Seed:File) cannot be applied: {exception.Message}", exception);
            }
        }

        // Discovery tells them from the first answer on.
        await registrations.ScopesAsync(cancellationToken);
    }

    public async Task ApplyAsync(ClientMetadata client, CancellationToken cancellationToken)
    {
        var descriptor = Describe(client);
        if (await context.Applications.SingleOrDefaultAsync(application => application.ClientId == client.ClientId, cancellationToken) is { } existing)
            await applications.UpdateAsync(existing, descriptor, cancellationToken);
        else
            await applications.CreateAsync(descriptor, cancellationToken);
    }

    private async Task ApplyAsync(ScopeMetadata scope, CancellationToken cancellationToken)
    {
        var descriptor = new OpenIddictScopeDescriptor { Name = scope.Name, Description = scope.Description };
        descriptor.Resources.UnionWith(scope.Resources);
        if (await scopes.FindByNameAsync(scope.Name, cancellationToken) is { } existing)
            await scopes.UpdateAsync(existing, descriptor, cancellationToken);
        else
            await scopes.CreateAsync(descriptor, cancellationToken);
    }

    private async Task ApplyAsync(UserSeed seed, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var user = await accounts.FindByUsernameAsync(seed.Username, cancellationToken);
        if (user is null)
        {
            user = new User
            {
                Id = seed.Sub is { } sub ? Guid.Parse(sub) : Guid.CreateVersion7(),
                Username = seed.Username.Trim(),
                NormalizedUsername = UserAccounts.Normalize(seed.Username),
                PasswordHash = await passwords.HashAsync(seed.Password, cancellationToken),
                CreatedAt = now,
                UpdatedAt = now,
            };
            context.Users.Add(user);
        }

        var claims = seed.Claims?.ToJsonString() ?? "{}";
        if (user.Claims != claims)
        {
            user.Claims = claims;
            user.UpdatedAt = now;
        }

        user.IsAdministrator = seed.Administrator;
        user.IsDisabled = seed.Disabled;
        await context.SaveChangesAsync(cancellationToken);
    }

    private static OpenIddictApplicationDescriptor Describe(ClientMetadata client)
    {
        var descriptor = new OpenIddictApplicationDescriptor
        {
            ClientId = client.ClientId,
            ClientSecret = client.ClientSecret,
            ClientType = client.IsPublic ? ClientTypes.Public : ClientTypes.Confidential,
            ApplicationType = client.ApplicationType == "native" ? ApplicationTypes.Native : ApplicationTypes.Web,
            ConsentType = client.SkipConsent ? ConsentTypes.Implicit : ConsentTypes.Explicit,
            DisplayName = client.ClientName,
        };
        descriptor.RedirectUris.UnionWith(client.RedirectUris.Select(uri => new Uri(uri)));
        descriptor.PostLogoutRedirectUris.UnionWith(client.PostLogoutRedirectUris.Select(uri => new Uri(uri)));

        descriptor.Permissions.UnionWith([Permissions.Endpoints.Token, Permissions.Endpoints.Revocation]);
        if (!client.IsPublic)
            descriptor.Permissions.Add(Permissions.Endpoints.Introspection);
        if (client.GrantTypes.Contains(GrantTypes.AuthorizationCode))
            descriptor.Permissions.UnionWith([Permissions.Endpoints.Authorization, Permissions.Endpoints.EndSession, Permissions.ResponseTypes.Code]);
        descriptor.Permissions.UnionWith(client.GrantTypes.Select(grant => Permissions.Prefixes.GrantType + grant));
        var allowed = client.Scope?.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            ?? [Scopes.OpenId, Scopes.Profile, Scopes.Email, Scopes.Address, Scopes.Phone, Scopes.OfflineAccess];
        descriptor.Permissions.UnionWith(allowed.Select(scope => Permissions.Prefixes.Scope + scope));
        if (client.RequirePkce)
            descriptor.Requirements.Add(Requirements.Features.ProofKeyForCodeExchange);

        descriptor.Settings[EnforceClientAuthenticationMethod.Setting] = client.AuthMethod;
        if (client.IdTokenSignedResponseAlg is { } algorithm)
            descriptor.Settings[ChooseSigningKey.Setting] = algorithm;
        foreach (var (name, value) in new Dictionary<string, string?>
        {
            ["client_uri"] = client.ClientUri,
            ["logo_uri"] = client.LogoUri,
            ["policy_uri"] = client.PolicyUri,
            ["tos_uri"] = client.TosUri,
            ["contacts"] = client.Contacts.Count == 0 ? null : string.Join(' ', client.Contacts),
        })
        {
            if (value is not null)
                descriptor.Properties[name] = JsonSerializer.SerializeToElement(value);
        }

        return descriptor;
    }
}
