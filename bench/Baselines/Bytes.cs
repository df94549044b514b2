namespace Authly.Baselines;

/// <summary>The bytes of a file, at <c>/document</c>, from Kestrel and routing alone.</summary>
internal static class Bytes
{
    public static Task RunAsync(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        var document = File.ReadAllBytes(builder.Configuration["Document"]!);
        var app = builder.Build();
        app.MapGet("/document", http =>
        {
            http.Response.ContentType = "application/json";
            http.Response.ContentLength = document.Length;
            return http.Response.Body.WriteAsync(document).AsTask();
        });
        return app.RunAsync();
    }
}
