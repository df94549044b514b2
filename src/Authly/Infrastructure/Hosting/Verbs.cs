using System.CommandLine;
using System.Reflection;
using Authly.Infrastructure.Mediation;

namespace Authly.Infrastructure.Hosting;

/// <summary>The commands that slices declare, as one tree.</summary>
internal static class Verbs
{
    private static readonly Dictionary<string, string> Nouns = new(StringComparer.Ordinal)
    {
        ["client"] = "The registered clients.",
        ["grant"] = "What people have granted clients.",
        ["keys"] = "The keys that sign tokens, and those that encrypt.",
        ["scope"] = "What clients may ask for.",
        ["session"] = "Who is signed in, in which browser.",
        ["user"] = "The accounts of people.",
    };

    private static readonly MethodInfo Reading = typeof(Verbs).GetMethod(nameof(Of), BindingFlags.NonPublic | BindingFlags.Static)!;

    public static RootCommand Declare(Func<CommandHost> host)
    {
        var root = new RootCommand("Authly, an OAuth 2.1 and OpenID Connect authorization server. Without a command it serves.");
        var declared = Declared.Having(typeof(IVerb)).Select(type => (Verb)Reading.MakeGenericMethod(type).Invoke(null, null)!);
        foreach (var (declaration, define) in declared.OrderBy(verb => verb.Declaration.Words, StringComparer.Ordinal))
        {
            var words = declaration.Words.Split(' ');
            Command parent = root;
            foreach (var noun in words[..^1])
            {
                if (parent.Subcommands.FirstOrDefault(each => each.Name == noun) is not { } known)
                    parent.Subcommands.Add(known = new Command(noun, Nouns[noun]));
                parent = known;
            }

            var command = new Command(words[^1], declaration.Description);
            define(new VerbBuilder(command, host));
            parent.Subcommands.Add(command);
        }

        return root;
    }

    private static Verb Of<T>() where T : IVerb => new(T.Declaration, T.Define);

    private sealed record Verb(VerbDeclaration Declaration, Action<VerbBuilder> Define);
}
