#!/bin/sh
# Runs once, when Postgres makes its data folder. The owner migrates; the services' roles own nothing, so that row-level security
# binds them.
set -eu

role() {
  psql -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d "$POSTGRES_DB" -v role="$1" -v password="$2" <<'SQL'
CREATE ROLE :"role" LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'password';
SQL
}

role orbisvoice_owner "$PASSWORD_OWNER"
role orbisvoice_accounts "$PASSWORD_ACCOUNTS"
role orbisvoice_agents "$PASSWORD_AGENTS"
role orbisvoice_tools "$PASSWORD_TOOLS"
role orbisvoice_transcripts "$PASSWORD_TRANSCRIPTS"
psql -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d "$POSTGRES_DB" -v database="$POSTGRES_DB" <<'SQL'
GRANT CREATE ON DATABASE :"database" TO orbisvoice_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
SQL
