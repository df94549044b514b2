using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Authly.Infrastructure.Persistence.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class KeySchedule : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<TimeSpan>(
                name: "Retention",
                table: "signing_keys",
                type: "interval",
                nullable: false,
                defaultValue: new TimeSpan(1, 0, 5, 0, 0));

            migrationBuilder.AddColumn<DateTime>(
                name: "SignsFrom",
                table: "signing_keys",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified));

            migrationBuilder.AddColumn<DateTime>(
                name: "SignsUntil",
                table: "signing_keys",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified));

            // Keys from before there was a schedule sign since they were made, and for the default time.
            migrationBuilder.Sql("""update signing_keys set "SignsFrom" = "CreatedAt", "SignsUntil" = "CreatedAt" + interval '90 days'""");
            migrationBuilder.Sql("create trigger notify_changes after insert or update or delete or truncate on signing_keys for each statement execute function authly_notify('signing_keys')");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("drop trigger notify_changes on signing_keys");

            migrationBuilder.DropColumn(
                name: "Retention",
                table: "signing_keys");

            migrationBuilder.DropColumn(
                name: "SignsFrom",
                table: "signing_keys");

            migrationBuilder.DropColumn(
                name: "SignsUntil",
                table: "signing_keys");
        }
    }
}
