using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Authly.Features.Audit;

public sealed class IndexModel(IMediator mediator) : ConsolePage
{
    [BindProperty(SupportsGet = true)]
    public string? Event { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Outcome { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Subject { get; set; }

    [BindProperty(SupportsGet = true, Name = "client_id")]
    public string? ClientId { get; set; }

    [BindProperty(SupportsGet = true)]
    public DateTime? Since { get; set; }

    [BindProperty(SupportsGet = true)]
    public DateTime? Until { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? After { get; set; }

    internal ListAuditEvents.Response List { get; private set; } = new([], Next: null);

    /// <summary>Why nothing is found.</summary>
    public string? Fault { get; private set; }

    /// <summary>A person by name, or by subject where the account is deleted.</summary>
    public string NameOf(string subject) => List.Names?.GetValueOrDefault(subject) ?? subject;

    public override string? NextPage => List.Next?.ToString();

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var filter = new AuditFilter(Utc(Since), Utc(Until), Event, Outcome, Subject?.Trim(), ClientId?.Trim());
        try
        {
            List = await mediator.Send(new ListAuditEvents.Query(filter, After, PageSize.Usual, WithNames: true), cancellationToken);
        }
        catch (RefusedException refused) when (refused.Refusal.Status < StatusCodes.Status500InternalServerError)
        {
            Fault = refused.Message;
        }
    }

    private static DateTime? Utc(DateTime? time) => time is { } given ? DateTime.SpecifyKind(given, DateTimeKind.Utc) : null;
}
