namespace Authly.Infrastructure.Mediation;

/// <summary>Marks an endpoint of the protocol: which methods it knows, and whether a person or a program reads its errors.</summary>
internal sealed record ProtocolEndpoint(string[] Methods, bool AnswersWithPage = false);
