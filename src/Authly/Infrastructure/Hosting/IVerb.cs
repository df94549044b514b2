namespace Authly.Infrastructure.Hosting;

/// <summary>A way in from the command line, as in <c>authly client create</c>: it declares itself and is found by its type.</summary>
internal interface IVerb
{
    static abstract VerbDeclaration Declaration { get; }

    /// <summary>Says what the command takes, and what it does.</summary>
    static abstract void Define(VerbBuilder verb);
}

/// <param name="Words">What is typed, as in <c>client create</c>.</param>
/// <param name="Description">What it does, in one sentence.</param>
internal sealed record VerbDeclaration(string Words, string Description);
