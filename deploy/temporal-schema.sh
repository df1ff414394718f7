#!/bin/sh
# Runs once in temporalio/admin-tools before the Temporal server: creates its two databases, or brings their schemas
# up to this release. Every step is a no-op when done, so it runs at each `docker compose up` and at upgrades.
# SQL_PASSWORD is read by temporal-sql-tool itself and never stands on a command line.
set -eu
: "${POSTGRES_SEEDS:?}" "${POSTGRES_USER:?}" "${SQL_PASSWORD:?}"

for database in temporal temporal_visibility; do
    case "$database" in
        temporal) schema=temporal ;;
        *) schema=visibility ;;
    esac
    tool() { temporal-sql-tool --plugin postgres12 --ep "$POSTGRES_SEEDS" -p "${DB_PORT:-5432}" -u "$POSTGRES_USER" --db "$database" "$@"; }
    tool setup-schema -v 0.0
    tool update-schema --schema-name "postgresql/v12/$schema" # the one in the tool itself
done
