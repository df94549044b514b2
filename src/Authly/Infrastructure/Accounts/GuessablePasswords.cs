using System.Collections.Frozen;
using System.Globalization;

namespace Authly.Infrastructure.Accounts;

/// <summary>
/// Passwords that are tried first: the words that lead the lists which breaches have filled, the person's own name, and keys in a row or
/// over and over, each as people dress them up: capitals, digits and signs at the end, digits for letters. Nothing leaves this process to
/// find out.
/// </summary>
internal static class GuessablePasswords
{
    private const int LeastDifferentCharacters = 4;

    private static readonly string[] Rows = ["abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "01234567890123456789"];

    private static readonly char[] Signs = [.. "!?.,;:-_+*#$%&/()=@' "];

    private static readonly char[] Added = [.. "0123456789", .. Signs];

    private static readonly FrozenSet<string> Words = Read().ToFrozenSet(StringComparer.Ordinal);

    public static bool Contain(string password, string username)
    {
        var text = PreparedText.Password(password).ToLower(CultureInfo.InvariantCulture);
        string[] names = [PreparedText.Username(username), .. PreparedText.Username(username).Split('@', '.', '-', '_', ' ')];
        return text.Distinct().Count() < LeastDifferentCharacters || IsRow(text.Trim(Signs))
            || Readings(text).Any(reading => Words.Contains(reading) || IsRow(reading) || (reading.Length > 2 && names.Contains(reading)));
    }

    /// <summary>
    /// The word without what is added to it, and with letters where digits and signs stand for them; once, or over and over.
    /// </summary>
    private static IEnumerable<string> Readings(string text)
    {
        foreach (var bare in new[] { text, text.TrimEnd(Added), text.Trim(Added) })
        {
            foreach (var word in new[] { bare, Spell(bare), Spell(bare).Trim(Added) })
            {
                yield return word;
                for (var length = 3; length <= word.Length / 2; length++)
                {
                    if (word.Length % length == 0 && word == string.Concat(Enumerable.Repeat(word[..length], word.Length / length)))
                        yield return word[..length];
                }
            }
        }
    }

    private static string Spell(string text) => string.Concat(text.Select(character => character switch
    {
        '0' => 'o',
        '1' or '!' => 'i',
        '3' => 'e',
        '4' or '@' => 'a',
        '5' or '$' => 's',
        '7' => 't',
        _ => character,
    }));

    private static bool IsRow(string text) => text.Length > 3 && Rows.Any(row => row.Contains(text, StringComparison.Ordinal)
        || string.Concat(row.Reverse()).Contains(text, StringComparison.Ordinal));

    private static IEnumerable<string> Read()
    {
        using var stream = typeof(GuessablePasswords).Assembly.GetManifestResourceStream("common-passwords.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } word)
            yield return word;
    }
}
