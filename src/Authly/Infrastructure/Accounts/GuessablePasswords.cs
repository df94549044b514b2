namespace Authly.Infrastructure.Accounts;

/// <summary>
/// Passwords that are tried first: of the lists that breaches have filled, of the person's own name, of keys in a row. Nothing leaves this
/// process to find out.
/// </summary>
internal static class GuessablePasswords
{
    // Below a million guesses by the estimate: a stranger who has to wait between them needs years for more.
    private const int LeastScore = 2;

    // What is longer is not in a list, and would take longer to estimate.
    private const int MostCharacters = 64;

    public static bool Contain(string password, string username) =>
        password.Length <= MostCharacters && Zxcvbn.Core.EvaluatePassword(password, username.Split('@', '.', ' ').Append(username))
            .Score < LeastScore;
}
