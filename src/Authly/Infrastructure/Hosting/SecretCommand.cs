using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Configuration;

namespace Authly.Infrastructure.Hosting;

/// <summary><c>authly secret</c>: prints a new client secret of 256 random bits. It is kept nowhere, and no setting is needed.</summary>
internal static class SecretCommand
{
    public const string Name = "secret";

    public static Task<int> RunAsync(CommandContext context)
    {
        if (context.Command.Words.Length > 0)
            throw new StartupException("It takes no words.");
        Console.WriteLine(ClientSecrets.Generate());
        return Task.FromResult(0);
    }
}
