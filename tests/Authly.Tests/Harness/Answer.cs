using System.Text.Json;

namespace Authly.Tests.Harness;

/// <summary>An answer with its body read.</summary>
public sealed record Answer(int Status, HttpResponseMessage Message, string Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string? this[string name] => Body.StartsWith('{') && Json.TryGetProperty(name, out var value) ? value.ToString() : null;

    public string? Error => this["error"];

    public static async Task<Answer> ReadAsync(HttpResponseMessage message) =>
        new((int)message.StatusCode, message, await message.Content.ReadAsStringAsync());
}
