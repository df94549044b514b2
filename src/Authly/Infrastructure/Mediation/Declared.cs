using System.Collections.Frozen;
using System.Reflection;
using Authly.Infrastructure.Protocol;
using MediatR;

namespace Authly.Infrastructure.Mediation;

/// <summary>All that the slices of this assembly declare, read once from their types.</summary>
internal static class Declared
{
    private static readonly Type[] Types = typeof(Declared).Assembly.GetTypes();

    public static IReadOnlyList<DeclaredEndpoint> Endpoints { get; } =
        [.. Having(typeof(IEndpoint)).Select(type => Make<DeclaredEndpoint>(nameof(EndpointOf), type))];

    public static IReadOnlyList<DeclaredGrant> Grants { get; } =
        [.. Having(typeof(IGrant)).Select(type => Make<DeclaredGrant>(nameof(GrantOf), type))
            .OrderBy(grant => grant.Declaration.Type, StringComparer.Ordinal)];

    private static readonly FrozenDictionary<string,
        DeclaredGrant> GrantsByType = Grants.ToFrozenDictionary(grant => grant.Declaration.Type, StringComparer.Ordinal);

    private static readonly FrozenDictionary<OAuthEndpoint, EndpointDeclaration> EndpointsByType =
        Endpoints.Where(endpoint => endpoint.Declaration.Type is not null)
            .ToFrozenDictionary(endpoint => endpoint.Declaration.Type!.Value, endpoint => endpoint.Declaration);

    /// <summary>The grant of a <c>grant_type</c>; null for one that no slice declares.</summary>
    public static DeclaredGrant? Grant(string? grantType) => grantType is null ? null : GrantsByType.GetValueOrDefault(grantType);

    public static EndpointDeclaration Endpoint(OAuthEndpoint endpoint) => EndpointsByType[endpoint];

    /// <summary>The path that others link to.</summary>
    public static string PathOf(OAuthEndpoint endpoint) => EndpointsByType[endpoint].Paths[0];

    /// <summary>The endpoint of the slice that holds a request's type.</summary>
    public static OAuthEndpoint? EndpointOfRequest(Type request) =>
        Endpoints.FirstOrDefault(endpoint => endpoint.Slice == request.DeclaringType)?.Declaration.Type;

    public static IEnumerable<(Type Service, Type Implementation)> Implementations(Type definition) =>
        from type in Types
        where type is { IsAbstract: false, IsGenericTypeDefinition: false }
        from service in type.GetInterfaces()
        where service.IsGenericType && service.GetGenericTypeDefinition() == definition
        select (service, type);

    /// <summary>The ways in of one kind, as slices declare them.</summary>
    public static IEnumerable<Type> Having(Type contract) => Types.Where(type => Is(type, contract));

    private static bool Is(Type type, Type contract) => type is { IsAbstract: false, IsInterface: false } && type.IsAssignableTo(contract);

    private static T Make<T>(string method, Type type) =>
        (T)typeof(Declared).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).Invoke(null, null)!;

    private static DeclaredEndpoint EndpointOf<T>() where T : IEndpoint => new(typeof(T).DeclaringType, T.Declaration, T.Map);

    private static DeclaredGrant GrantOf<T>() where T : IGrant => new(T.Declaration, T.Read);
}

/// <summary>An endpoint with the slice that holds it, and how it is mapped.</summary>
internal sealed record DeclaredEndpoint(Type? Slice, EndpointDeclaration Declaration, Action<IEndpointRouteBuilder> Map);

/// <summary>A grant, and how its request is read.</summary>
internal sealed record DeclaredGrant(GrantDeclaration Declaration, Func<TokenRequest, IRequest<Grant>> Read);
