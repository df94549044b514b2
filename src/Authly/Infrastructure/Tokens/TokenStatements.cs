using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Authly.Infrastructure.Tokens;

/// <summary>PostgreSQL's statements: each takes a whole batch as arrays.</summary>
internal static class TokenStatements
{
    /// <summary>Inserts tokens.</summary>
    public const string Insert = """
        insert into tokens ("Id", "ApplicationId", "AuthorizationId", "Type", "Subject", "Status",
          "CreationDate", "ExpirationDate", "ReferenceId", "Payload")
        select token.id, token.application, token.family, token.type, token.subject, token.status,
          token.created, token.expires, token.reference, token.payload
        from unnest(@ids, @applications, @families, @types, @subjects, @statuses, @created, @expires, @references, @payloads, @parents)
          as token (id, application, family, type, subject, status, created, expires, reference, payload, parent)
        """;

    /// <summary>
    /// Redeems, and inserts what was issued for what it could redeem. Rows to redeem are locked in the order of their keys, so that two
    /// instances that redeem the same ones wait for each other and do not deadlock.
    /// </summary>
    public const string RedeemAndInsert = $"""
        with locked as (
          select token."Id" from tokens as token left join authorizations as family on family."Id" = token."AuthorizationId"
          where token."Id" = any(@redeems) and token."Status" = '{Statuses.Valid}'
            and coalesce(family."Status", '{Statuses.Valid}') = '{Statuses.Valid}'
          order by token."Id" for update of token),
        redeemed as (
          update tokens set "Status" = '{Statuses.Redeemed}', "RedemptionDate" = @now, "SuccessorId" = used.successor
          from unnest(@redeems, @successors) as used (id, successor)
          where "Id" = used.id and "Id" in (select "Id" from locked) returning "Id"),
        granted as (
          insert into authorizations ("Id", "ApplicationId", "Type", "Subject", "Status", "Scopes", "CreationDate", "SessionId",
            "RequestedClaims")
          select * from unnest(@granted, @grantedApplications, @grantedTypes, @grantedSubjects,
            @grantedStatuses, @grantedScopes, @grantedCreated, @grantedSessions, @grantedClaims)),
        audited as (
          insert into audit_events ("Id", "At", "ExpiresAt", "Event", "Outcome", "ActorKind", "Actor", "Subject", "ClientId", "Address",
            "TraceId", "Detail", "Folded")
          select line."Id", line."At", line."ExpiresAt", line."Event", line."Outcome", line."ActorKind", line."Actor", line."Subject",
            line."ClientId", line."Address", line."TraceId", line."Detail", line."Folded"
          from jsonb_to_recordset(@audited) as audited (parent uuid, entry jsonb)
            cross join lateral jsonb_populate_record(null::audit_events, audited.entry) as line
          where audited.parent is null or audited.parent in (select "Id" from redeemed)),
        issued as ({Insert} where token.parent is null or token.parent in (select "Id" from redeemed))
        select "Id" from redeemed
        """;

    /// <summary>The tokens of a client that is disabled are inactive for as long as it is.</summary>
    public const string SelectById = $"""
        select token."Id", token."Type", case when client."IsDisabled" then '{Statuses.Revoked}' else token."Status" end,
          token."ReferenceId", token."Payload", token."CreationDate", token."ExpirationDate", token."RedemptionDate",
          token."SuccessorId", token."AuthorizationId", family."Status", family."SessionId", family."RequestedClaims"
        from tokens as token left join authorizations as family on family."Id" = token."AuthorizationId"
          left join applications as client on client."Id" = token."ApplicationId"
        where token."Id" = any(@ids)
        """;

    public const string SelectByEither = $"""{SelectById} or token."ReferenceId" = any(@references)""";
}
