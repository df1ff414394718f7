#!/bin/sh
# Runs once, when PostgreSQL's volume is empty: one role and database for orders, one role with two for Temporal.
# Neither role may read the other's data, and neither is a superuser.
set -eu
: "${ORDERMILL_DB_PASSWORD:?}" "${TEMPORAL_DB_PASSWORD:?}"

psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" \
    -v orders_password="$ORDERMILL_DB_PASSWORD" -v temporal_password="$TEMPORAL_DB_PASSWORD" <<'SQL'
CREATE ROLE ordermill LOGIN PASSWORD :'orders_password';
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE ordermill OWNER ordermill;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE ALL ON DATABASE ordermill, temporal, temporal_visibility FROM PUBLIC;
SQL
