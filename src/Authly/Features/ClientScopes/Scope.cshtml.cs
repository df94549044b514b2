using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Clients;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Authly.Features.ClientScopes;

/// <summary>A scope, or the form for a new one where none is named.</summary>
public sealed class ScopeModel(IMediator mediator) : ConsolePage
{
    [BindProperty(SupportsGet = true)]
    public string? Name { get; set; }

    [BindProperty]
    public string? NewName { get; set; }

    /// <summary>The scope's, as it was read for this form.</summary>
    [BindProperty]
    public string? Version { get; set; }

    [BindProperty]
    public string? Description { get; set; }

    /// <summary>One a line.</summary>
    [BindProperty]
    public string? Resources { get; set; }

    /// <summary>One a line.</summary>
    [BindProperty]
    public string? Claims { get; set; }

    public bool IsNew => Name is null;

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var scope = new ScopeMetadata
        {
            Name = (IsNew ? NewName : Name) ?? "",
            Description = Description?.Trim(),
            Resources = LinesOf(Resources),
            Claims = LinesOf(Claims),
        };
        IRequest<ScopeMetadata> command = IsNew ? new CreateScope.Command(scope) : new UpdateScope.Command(scope, Version ?? "");
        await mediator.Send(command, cancellationToken);
        return Done(null, ("name", scope.Name));
    }

    public async Task<IActionResult> OnPostDeleteAsync(CancellationToken cancellationToken)
    {
        await mediator.Send(new DeleteScope.Command(Name ?? ""), cancellationToken);
        return Done("/ClientScopes/Index");
    }

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (IsNew || (Problems.Count > 0 && Version is not null))
            return;
        var (scope, version) = await mediator.Send(new GetScope.Query(Name!), cancellationToken);
        (Version, Description) = (version, scope.Description);
        (Resources, Claims) = (string.Join('\n', scope.Resources), string.Join('\n', scope.Claims));
    }
}
