using System.Data.Common;
using System.Text.RegularExpressions;

namespace Authly.Infrastructure.Configuration;

/// <summary>
/// <c>postgresql://user:password@host:port/database?sslmode=require</c>, as hosters and libpq write it, in Npgsql's keywords (PostgreSQL
/// documentation, 34.1.1.2).
/// </summary>
internal static partial class PostgresUri
{
    // What libpq calls otherwise than Npgsql; a keyword of Npgsql's own is passed on.
    private static readonly Dictionary<string, string> Keywords = new(StringComparer.OrdinalIgnoreCase)
    {
        ["dbname"] = "Database",
        ["user"] = "Username",
        ["sslmode"] = "SSL Mode",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslpassword"] = "SSL Password",
        ["sslrootcert"] = "Root Certificate",
        ["sslnegotiation"] = "SSL Negotiation",
        ["gssencmode"] = "GSS Encryption Mode",
        ["channel_binding"] = "Channel Binding",
        ["connect_timeout"] = "Timeout",
        ["application_name"] = "Application Name",
        ["target_session_attrs"] = "Target Session Attributes",
        ["client_encoding"] = "Client Encoding",
    };

    /// <summary>Null where the text is not such a URI.</summary>
    public static string? TryTranslate(string text)
    {
        if (Pattern().Match(text) is not { Success: true } uri)
            return null;
        var keywords = new DbConnectionStringBuilder();
        Set("Host", uri.Groups["host"].Value is { Length: > 0 } host ? Unbracket(host) : "localhost");
        Set("Port", uri.Groups["port"].Value);
        Set("Username", uri.Groups["user"].Value);
        Set("Password", uri.Groups["password"].Value);
        Set("Database", uri.Groups["database"].Value);
        foreach (var pair in uri.Groups["query"].Value.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = pair.Split('=', 2) is [var left, var right] ? (Uri.UnescapeDataString(left), right) : (pair, "");
            // "verify-full" is VerifyFull there.
            Set(Keywords.GetValueOrDefault(name, name), name.StartsWith("ssl", StringComparison.Ordinal) && value.StartsWith("verify-")
                ? value.Replace("-", "", StringComparison.Ordinal) : value);
        }

        return keywords.ConnectionString;

        void Set(string keyword, string value)
        {
            if (value.Length > 0)
                keywords[keyword] = Uri.UnescapeDataString(value);
        }
    }

    // Several hosts, each with its port, are written alike.
    private static string Unbracket(string host) => host.Contains(',', StringComparison.Ordinal) ? host : host.Trim('[', ']');

    [GeneratedRegex("""
        ^postgres(ql)?://((?<user>[^:@/?]*)(:(?<password>[^@/?]*))?@)?
        ((?<host>\[[^\]/?]*\]|[^:,/?]*)(:(?<port>\d+))?|(?<host>[^/?]*))(/(?<database>[^?]*))?(\?(?<query>.*))?$
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
