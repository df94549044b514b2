namespace Authly.Baselines;

/// <summary>The bytes of files, each at its name in the section <c>Documents</c>, from Kestrel and routing alone.</summary>
internal static class Bytes
{
    public static Task RunAsync(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        foreach (var (name, file) in builder.Configuration.GetSection("Documents").AsEnumerable(makePathsRelative: true))
        {
            var document = File.ReadAllBytes(file!);
            app.MapGet($"/{name}", http =>
            {
                http.Response.ContentType = "application/json";
                http.Response.ContentLength = document.Length;
                return http.Response.Body.WriteAsync(document).AsTask();
            });
        }

        return app.RunAsync();
    }
}
