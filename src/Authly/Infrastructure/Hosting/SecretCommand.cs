using Authly.Infrastructure.Clients;

namespace Authly.Infrastructure.Hosting;

/// <summary>Prints a new client secret of 256 random bits. It is kept nowhere, and no setting is needed.</summary>
internal sealed class SecretCommand : IVerb
{
    public static VerbDeclaration Declaration { get; } = new("secret", "Print a new client secret, which is kept nowhere.");

    public static void Define(VerbBuilder verb) => verb.Runs((_, _, _) =>
    {
        Console.WriteLine(ClientSecrets.Generate());
        return Task.CompletedTask;
    });
}
