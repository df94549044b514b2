using Authly.Infrastructure.Accounts;
using Authly.Infrastructure.Administration;
using Authly.Infrastructure.Mediation;
using Authly.Infrastructure.Persistence;
using Authly.Infrastructure.Protocol;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Authly.Features.Audit;

/// <summary>The events of the audit log, a page at a time.</summary>
internal static class ListAuditEvents
{
    /// <param name="After">The id of the event that the page before ended with.</param>
    /// <param name="IsOldestFirst">Else the newest are first.</param>
    /// <param name="WithNames">Who the people are, for who may know that.</param>
    public sealed record Query(AuditFilter Filter, Guid? After, int Limit, bool IsOldestFirst = false, bool WithNames = false)
        : IRequest<Response>;

    public sealed record Item(Guid Id, DateTime At, DateTime? ExpiresAt, string Event, string Outcome, string ActorKind, string? Actor,
        string? Subject, string? ClientId, string? Address, string? TraceId, string? Detail, int Folded);

    /// <param name="Next">Where the next page begins; null at the end.</param>
    /// <param name="Names">The usernames of the people by their subjects, but of those whose account is deleted.</param>
    public sealed record Response(IReadOnlyList<Item> Events, Guid? Next, IReadOnlyDictionary<string, string>? Names = null);

    public sealed class Operation : IAdminOperation
    {
        public static void Map(AdminRoutes routes) => routes.Map<Response>(
            new(HttpMethods.Get, "/admin/audit", AdminScopes.AuditRead, "List the events of the audit log"),
            (DateTimeOffset? since, DateTimeOffset? until, string? @event, string? outcome, string? subject, string? client_id, Guid? after,
                int? limit, bool? oldest_first, bool? names) => new Query(
                    new AuditFilter(since?.UtcDateTime, until?.UtcDateTime, @event, outcome, subject, client_id), after,
                    limit ?? PageSize.Usual, oldest_first ?? false, names ?? false));
    }

    public sealed class Validator : AbstractValidator<Query>
    {
        public Validator()
        {
            RuleFor(query => query.Limit).IsPageSize();
            RuleFor(query => query.Filter).Custom((filter, context) =>
            {
                if (filter.Unknown is { } member)
                    context.AddFailure(member, $"There is no such {member}.");
            });
        }
    }

    public sealed class Handler(AuthlyDbContext context, Actor actor) : IRequestHandler<Query, Response>
    {
        public async Task<Response> Handle(Query query, CancellationToken cancellationToken)
        {
            if (query.WithNames)
                actor.RequireAll([AdminScopes.PeopleRead]);
            var events = query.Filter.Of(context.AuditEvents.AsNoTracking());
            // By their times and then ids: a row's id is of the time at which it was made, which another instance's clock said.
            if (query.After is { } after)
            {
                var last = await context.AuditEvents.AsNoTracking().SingleOrDefaultAsync(entry => entry.Id == after, cancellationToken)
                    ?? throw new RefusedException(Refusal.Missing("event"));
                events = query.IsOldestFirst
                    ? events.Where(entry => entry.At >= last.At && (entry.At > last.At || entry.Id > last.Id))
                    : events.Where(entry => entry.At <= last.At && (entry.At < last.At || entry.Id < last.Id));
            }

            var sorted = query.IsOldestFirst ? events.OrderBy(entry => entry.At).ThenBy(entry => entry.Id)
                : events.OrderByDescending(entry => entry.At).ThenByDescending(entry => entry.Id);
            var page = await sorted.Take(query.Limit + 1)
                .Select(entry => new Item(entry.Id, entry.At, entry.ExpiresAt, entry.Event, entry.Outcome, entry.ActorKind, entry.Actor,
                    entry.Subject, entry.ClientId, entry.Address, entry.TraceId, entry.Detail, entry.Folded))
                .ToListAsync(cancellationToken);
            Item[] told = [.. page.Take(query.Limit)];
            return new Response(told, page.Count > query.Limit ? told[^1].Id : null,
                query.WithNames ? await NamesAsync(told, cancellationToken) : null);
        }

        private async Task<Dictionary<string, string>> NamesAsync(Item[] told, CancellationToken cancellationToken)
        {
            var people = told.SelectMany(entry => new[] { Subjects.UserOf(entry.Subject), Subjects.UserOf(entry.Actor) })
                .OfType<Guid>().Distinct().ToList();
            return await context.Users.AsNoTracking().Where(user => people.Contains(user.Id))
                .ToDictionaryAsync(user => user.Id.ToString(), user => user.Username, cancellationToken);
        }
    }
}
