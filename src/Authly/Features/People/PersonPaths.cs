namespace Authly.Features.People;

/// <summary>Where accounts are in the administration API.</summary>
internal static class PersonPaths
{
    public const string All = "/admin/people";

    public const string One = $"{All}/{{username}}";

    public static string Of(string username) => $"{All}/{Uri.EscapeDataString(username)}";
}
