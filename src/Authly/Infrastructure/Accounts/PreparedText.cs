using System.Globalization;
using System.Text;
using ADRaffy.ENSNormalize;

namespace Authly.Infrastructure.Accounts;

/// <summary>
/// Makes names and passwords that look the same on every keyboard the same: two devices send one letter as different code points. RFC 8265.
/// The platform cannot: without ICU, which not every machine has, its normalization leaves text as it is (decision 18).
/// </summary>
internal static class PreparedText
{
    private const char FirstFullWidth = '\uFF01';
    private const char LastFullWidth = '\uFF5E';
    private const char FirstHalfWidthKana = '\uFF61';

    // In the order of their half width forms.
    private const string Kana = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソ"
        + "タチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u3099\u309A";

    /// <summary>The profile UsernameCaseMapped (§3.3): width mapped, lower case, NFC; without blanks around it.</summary>
    public static string Username(string text) => Compose(string.Concat(text.Select(WithoutWidth)).Trim().ToLowerInvariant());

    /// <summary>The profile OpaqueString (§4.2): any blank is a space, NFC.</summary>
    public static string Password(string text) =>
        Compose(string.Concat(text.Select(character => IsBlank(character) ? ' ' : character)));

    private static bool IsBlank(char character) => char.GetUnicodeCategory(character) == UnicodeCategory.SpaceSeparator;

    /// <summary>The wide and narrow forms that East Asian keyboards send, as others send them.</summary>
    private static char WithoutWidth(char character) => character switch
    {
        '\u3000' => ' ',
        >= FirstFullWidth and <= LastFullWidth => (char)(character - FirstFullWidth + '!'),
        >= FirstHalfWidthKana when character - FirstHalfWidthKana < Kana.Length => Kana[character - FirstHalfWidthKana],
        _ => character,
    };

    /// <summary>NFC; half of a surrogate pair, which is no text, becomes U+FFFD.</summary>
    private static string Compose(string text) => Ascii.IsValid(text) ? text
        : string.Concat(ENSNormalize.NF.NFC(text.EnumerateRunes().Select(rune => rune.Value)).Select(char.ConvertFromUtf32));
}
