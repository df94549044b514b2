namespace Authly.Features.Clients;

/// <summary>Where clients are in the administration API.</summary>
internal static class ClientPaths
{
    public const string All = "/admin/clients";

    public const string One = $"{All}/{{client_id}}";

    public static string Of(string clientId) => $"{All}/{Uri.EscapeDataString(clientId)}";
}
