FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG TARGETARCH
WORKDIR /source
COPY .editorconfig global.json Directory.Build.props Directory.Packages.props ./
COPY src/Authly/Authly.csproj src/Authly/
RUN dotnet restore src/Authly -a $TARGETARCH
COPY src/Authly src/Authly
RUN dotnet publish src/Authly -c Release -a $TARGETARCH --no-restore -o /app

# No shell, no package manager, no root: the program asks itself. An orchestrator asks /health/live and /health/ready on 9464.
FROM mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /app .
# Diagnostics off: their socket would need a writable /tmp.
ENV ASPNETCORE_HTTP_PORTS=8080 DOTNET_EnableDiagnostics=0
EXPOSE 8080 9464
USER $APP_UID
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s CMD ["/app/Authly", "health"]
ENTRYPOINT ["/app/Authly"]
