#!/usr/bin/env bash
# Run once, by the PostgreSQL image, on an empty data folder: a role and a database for each node, and
# no way from one to another. Passwords come from files.
set -euo pipefail
for code in fr es de; do
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set "name=portability_$code" --set "password=$(cat "/run/secrets/postgres_$code")" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
done
