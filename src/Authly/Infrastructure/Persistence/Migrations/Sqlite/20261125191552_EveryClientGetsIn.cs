using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Authly.Infrastructure.Persistence.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class EveryClientGetsIn : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Groups",
                table: "users",
                type: "TEXT",
                nullable: false,
                defaultValue: "[]");

            migrationBuilder.AddColumn<string>(
                name: "RefusedUri",
                table: "interactions",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "RequestedClaims",
                table: "authorizations",
                type: "TEXT",
                nullable: true);

            // Names are looked up in lower case from here on (RFC 8265 §3.3).
            migrationBuilder.Sql("""update users set "NormalizedUsername" = lower("NormalizedUsername")""");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "Groups",
                table: "users");

            migrationBuilder.DropColumn(
                name: "RefusedUri",
                table: "interactions");

            migrationBuilder.DropColumn(
                name: "RequestedClaims",
                table: "authorizations");
        }
    }
}
