using System.ComponentModel.DataAnnotations;
using System.Text.Encodings.Web;
using System.Text.Json;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;
using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace Authly.Features.Clients;

public sealed class ClientModel(IMediator mediator, IOptions<JsonOptions> json) : ConsolePage
{
    private static readonly JsonSerializerOptions Readable =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [BindProperty(SupportsGet = true, Name = "client_id")]
    public string ClientId { get; set => field = value ?? ""; } = "";

    [BindProperty]
    public ClientFields Fields { get; set; } = new();

    /// <summary>The client's, as it was read for this form.</summary>
    [BindProperty]
    public string? Version { get; set; }

    /// <summary>All of it as JSON; null where the form with fields was sent.</summary>
    [BindProperty]
    public string? Metadata { get; set; }

    [BindProperty]
    [Range(0, 720)]
    public int? GraceHours { get; set; }

    internal ClientMetadata Client { get; private set; } = new();

    internal RotateClientSecret.Response? Rotated { get; private set; }

    public string MetadataText =>
        Metadata ?? JsonSerializer.SerializeToNode(Client, json.Value.SerializerOptions)!.ToJsonString(Readable);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var read = await mediator.Send(new GetClient.Query(ClientId), cancellationToken);
        await mediator.Send(new UpdateClient.Command(Fields.Change(read.Client), Version ?? ""), cancellationToken);
        return Done(null, ("client_id", ClientId));
    }

    public async Task<IActionResult> OnPostMetadataAsync(CancellationToken cancellationToken)
    {
        var read = await mediator.Send(new GetClient.Query(ClientId), cancellationToken);
        var client = ReadMetadata();
        if (client.Disabled != read.Client.Disabled)
            throw new RefusedException(Refusal.Wrong("disabled", "is changed by Disable and Enable."));
        await mediator.Send(UpdateClient.Command.Of(ClientId, client, Version ?? ""), cancellationToken);
        return Done(null, ("client_id", ClientId));
    }

    public async Task OnPostRotateAsync(CancellationToken cancellationToken)
    {
        // Threat: no grace is for a secret that has leaked. Nobody gets that for a field that is missing.
        var grace = TimeSpan.FromHours(GraceHours ?? throw new RefusedException(Refusal.Wrong("grace", "is not given.")));
        Rotated = await mediator.Send(new RotateClientSecret.Command(ClientId, grace, Version ?? ""), cancellationToken);
        await LoadAsync(cancellationToken);
    }

    public Task<IActionResult> OnPostDisableAsync(CancellationToken cancellationToken) => SetDisabledAsync(true, cancellationToken);

    public Task<IActionResult> OnPostEnableAsync(CancellationToken cancellationToken) => SetDisabledAsync(false, cancellationToken);

    public async Task<IActionResult> OnPostDeleteAsync(CancellationToken cancellationToken)
    {
        await mediator.Send(new DeleteClient.Command(ClientId), cancellationToken);
        return Done("/Clients/Index");
    }

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var read = await mediator.Send(new GetClient.Query(ClientId), cancellationToken);
        Client = read.Client;
        // Race: what was typed is a change of what was read then.
        Version = Problems.Count > 0 && (Fields.IsSent || Metadata is not null) ? Version : read.Version;
        Fields = Problems.Count > 0 && Fields.IsSent ? Fields : ClientFields.Of(read.Client);
    }

    private ClientMetadata ReadMetadata()
    {
        try
        {
            return JsonSerializer.Deserialize<ClientMetadata>(Metadata ?? "", json.Value.SerializerOptions)
                ?? throw new RefusedException(Refusal.Invalid("This is no metadata: it is null."));
        }
        catch (JsonException exception)
        {
            throw new RefusedException(Refusal.Invalid($"This is no metadata: {exception.Path ?? "it is no JSON"}."));
        }
    }

    private async Task<IActionResult> SetDisabledAsync(bool isDisabled, CancellationToken cancellationToken)
    {
        await mediator.Send(new SetClientDisabled.Command(ClientId, isDisabled), cancellationToken);
        return Done(null, ("client_id", ClientId));
    }
}
