using System.CommandLine;

namespace Authly.Infrastructure.Hosting;

/// <summary>
/// Prints what a shell needs in order to complete commands: a function that asks the program itself, so that it is always of this version.
/// </summary>
internal sealed class CompletionCommand : IVerb
{
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            _authly() {
              local IFS=$'\n'
              COMPREPLY=($(compgen -W "$(authly "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -F _authly authly
            """,
        ["fish"] = """
            complete -f -c authly -a '(authly "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'
            """,
        ["zsh"] = """
            _authly() {
              compadd -- ${(f)"$(authly "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)"}
            }
            compdef _authly authly
            """,
    };

    public static VerbDeclaration Declaration { get; } =
        new("completion", "Print what completes commands in a shell, to be sourced by it.");

    public static void Define(VerbBuilder verb)
    {
        var shell = verb.Argument("shell", "bash, fish or zsh.");
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        verb.Runs((_, input, _) =>
        {
            Console.WriteLine(Scripts[input.GetValue(shell)!]);
            return Task.CompletedTask;
        });
    }
}
