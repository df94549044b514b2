using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace Authly.Features.People;

public sealed class PersonModel(IMediator mediator, IOptions<JsonOptions> json) : ConsolePage
{
    private static readonly JsonSerializerOptions Readable =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [BindProperty(SupportsGet = true, Name = "username")]
    public string Name { get; set => field = value ?? ""; } = "";

    /// <summary>The account's, as it was read for this form.</summary>
    [BindProperty]
    public string? Version { get; set; }

    /// <summary>One a line; null where another form was sent.</summary>
    [BindProperty]
    public string? Groups { get; set; }

    /// <summary>All of them, as JSON.</summary>
    [BindProperty]
    public string? Claims { get; set; }

    [BindProperty]
    public bool IsAdministrator { get; set; }

    internal GetPerson.Person Account { get; private set; } = null!;

    internal OneTimePassword? Reset { get; private set; }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var read = (await mediator.Send(new GetPerson.Query(Name), cancellationToken)).Person;
        var claims = ReadClaims();
        foreach (var gone in read.Claims.Select(claim => claim.Key).Where(name => !claims.ContainsKey(name)))
            claims[gone] = null;
        await mediator.Send(
            new UpdatePerson.Command(Name, IsAdministrator, LinesOf(Groups), claims, Version ?? ""), cancellationToken);
        return Done(null, ("username", Name));
    }

    public async Task OnPostResetAsync(CancellationToken cancellationToken)
    {
        Reset = await mediator.Send(new ResetPassword.Command(Name), cancellationToken);
        await LoadAsync(cancellationToken);
    }

    public Task<IActionResult> OnPostDisableAsync(CancellationToken cancellationToken) => SetDisabledAsync(true, cancellationToken);

    public Task<IActionResult> OnPostEnableAsync(CancellationToken cancellationToken) => SetDisabledAsync(false, cancellationToken);

    public async Task<IActionResult> OnPostDeleteAsync(CancellationToken cancellationToken)
    {
        await mediator.Send(new DeletePerson.Command(Name), cancellationToken);
        return Done("/People/Index");
    }

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        (Account, var version) = await mediator.Send(new GetPerson.Query(Name), cancellationToken);
        // Race: what was typed is a change of what was read then.
        if (Problems.Count > 0 && Version is not null)
            return;
        (Version, Groups, IsAdministrator) = (version, string.Join('\n', Account.Groups), Account.Administrator);
        Claims = Account.Claims.ToJsonString(Readable);
    }

    private Dictionary<string, JsonNode?> ReadClaims()
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, JsonNode?>>(Claims ?? "{}", json.Value.SerializerOptions) ?? [];
        }
        catch (JsonException)
        {
            throw new RefusedException(Refusal.Wrong("claims", "are no JSON object."));
        }
    }

    private async Task<IActionResult> SetDisabledAsync(bool isDisabled, CancellationToken cancellationToken)
    {
        await mediator.Send(new SetDisabled.Command(Name, isDisabled), cancellationToken);
        return Done(null, ("username", Name));
    }
}
