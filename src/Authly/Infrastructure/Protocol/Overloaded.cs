namespace Authly.Infrastructure.Protocol;

/// <summary>More work than the server may do at once; answered 503.</summary>
internal sealed class OverloadedException() : Exception("The server has more of this work than it may do at once.");
