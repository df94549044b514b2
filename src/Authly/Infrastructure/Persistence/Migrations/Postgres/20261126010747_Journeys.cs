using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Authly.Infrastructure.Persistence.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Journeys : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "IsEnded",
                table: "interactions",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "Shown",
                table: "interactions",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            // With its time, so that who hears of a change knows how late.
            migrationBuilder.Sql("""
                create or replace function authly_notify() returns trigger language plpgsql as $$
                begin
                  perform pg_notify('authly_changes', tg_argv[0] || ' ' || (extract(epoch from clock_timestamp()) * 1000)::bigint);
                  return null;
                end $$;
                """);

            migrationBuilder.CreateTable(
                name: "activity_days",
                columns: table => new
                {
                    Day = table.Column<int>(type: "integer", nullable: false),
                    Kind = table.Column<int>(type: "integer", nullable: false),
                    Subject = table.Column<string>(type: "character varying(256)", maxLength: 256, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_activity_days", x => new { x.Day, x.Kind, x.Subject });
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                create or replace function authly_notify() returns trigger language plpgsql as $$
                begin
                  perform pg_notify('authly_changes', tg_argv[0]);
                  return null;
                end $$;
                """);

            migrationBuilder.DropTable(
                name: "activity_days");

            migrationBuilder.DropColumn(
                name: "IsEnded",
                table: "interactions");

            migrationBuilder.DropColumn(
                name: "Shown",
                table: "interactions");
        }
    }
}
