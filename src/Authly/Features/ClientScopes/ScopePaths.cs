namespace Authly.Features.ClientScopes;

/// <summary>Where scopes are in the administration API.</summary>
internal static class ScopePaths
{
    public const string All = "/admin/scopes";

    public const string One = $"{All}/{{name}}";

    public static string Of(string name) => $"{All}/{Uri.EscapeDataString(name)}";
}
