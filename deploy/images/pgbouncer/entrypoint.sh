#!/bin/sh
# Starts PgBouncer with PGBOUNCER_CONFIG_FILE (/etc/pgbouncer/pgbouncer.ini), or where there is none with a configuration made from
# these variables:
#   POSTGRES_HOST              required: where Postgres is
#   POSTGRES_PORT              5432
#   POSTGRES_DATABASE          orbisvoice: the name of the database, the same on both sides
#   PGBOUNCER_USERS            role:password, separated by spaces; letters, digits, - . _ ~
#   PGBOUNCER_USERLIST_FILE    or a userlist.txt in PgBouncer's own format
#   PGBOUNCER_PORT             6432
#   PGBOUNCER_POOL_SIZE        20: connections to Postgres per role
#   PGBOUNCER_MAX_DB_CONNECTIONS   60: and of all roles together
#   PGBOUNCER_MAX_CLIENTS      1000
#   PGBOUNCER_SERVER_TLS       prefer: disable, prefer, require, verify-ca or verify-full
#   PGBOUNCER_SERVER_CA_FILE   certificate of the authority, for verify-ca and verify-full
# What is written goes to /run/pgbouncer, so that the root file system can be read-only. Another command passes through.
set -eu
umask 077

fail() {
  echo "pgbouncer can't start: $*" >&2
  exit 78
}

number() {
  case $2 in '' | 0* | *[!0-9]*) fail "$1 must be a whole number above 0, not \"$2\"." ;; esac
}

[ "$*" = pgbouncer ] || exec "$@"
config=${PGBOUNCER_CONFIG_FILE:-/etc/pgbouncer/pgbouncer.ini}
[ ! -f "$config" ] || exec pgbouncer "$config"

run=/run/pgbouncer
[ -n "${POSTGRES_HOST:-}" ] || fail 'POSTGRES_HOST is required.'
POSTGRES_PORT=${POSTGRES_PORT:-5432}
POSTGRES_DATABASE=${POSTGRES_DATABASE:-orbisvoice}
PGBOUNCER_PORT=${PGBOUNCER_PORT:-6432}
PGBOUNCER_POOL_SIZE=${PGBOUNCER_POOL_SIZE:-20}
PGBOUNCER_MAX_DB_CONNECTIONS=${PGBOUNCER_MAX_DB_CONNECTIONS:-60}
PGBOUNCER_MAX_CLIENTS=${PGBOUNCER_MAX_CLIENTS:-1000}
number POSTGRES_PORT "$POSTGRES_PORT"
number PGBOUNCER_PORT "$PGBOUNCER_PORT"
number PGBOUNCER_POOL_SIZE "$PGBOUNCER_POOL_SIZE"
number PGBOUNCER_MAX_DB_CONNECTIONS "$PGBOUNCER_MAX_DB_CONNECTIONS"
number PGBOUNCER_MAX_CLIENTS "$PGBOUNCER_MAX_CLIENTS"

for user in ${PGBOUNCER_USERS:-}; do
  case $user in
    *[!A-Za-z0-9._~:-]* | *:*:* | :* | *:) fail 'PGBOUNCER_USERS must be role:password pairs of letters, digits and -._~, separated by spaces.' ;;
    *:*) ;;
    *) fail 'PGBOUNCER_USERS must be role:password pairs, separated by spaces.' ;;
  esac
done
users=${PGBOUNCER_USERLIST_FILE:-$run/userlist.txt}
[ -n "${PGBOUNCER_USERS:-}${PGBOUNCER_USERLIST_FILE:-}" ] || fail 'PGBOUNCER_USERS or PGBOUNCER_USERLIST_FILE is required.'
[ -w "$run" ] || fail "$run must be a folder that user $(id -u) may write to."
if [ -n "${PGBOUNCER_USERLIST_FILE:-}" ]; then
  [ -r "$users" ] || fail "PGBOUNCER_USERLIST_FILE names $users, which can't be read."
else
  for user in $PGBOUNCER_USERS; do
    printf '"%s" "%s"\n' "${user%%:*}" "${user#*:}"
  done >"$users"
fi

cat >"$run/pgbouncer.ini" <<INI
[databases]
$POSTGRES_DATABASE = host=$POSTGRES_HOST port=$POSTGRES_PORT dbname=$POSTGRES_DATABASE

[pgbouncer]
listen_addr = *
listen_port = $PGBOUNCER_PORT
unix_socket_dir = $run
auth_type = scram-sha-256
auth_file = $users
pool_mode = transaction
max_prepared_statements = 200
max_client_conn = $PGBOUNCER_MAX_CLIENTS
default_pool_size = $PGBOUNCER_POOL_SIZE
max_db_connections = $PGBOUNCER_MAX_DB_CONNECTIONS
query_wait_timeout = 10
server_lifetime = 600
server_connect_timeout = 5
server_login_retry = 1
dns_max_ttl = 5
ignore_startup_parameters = extra_float_digits
server_tls_sslmode = ${PGBOUNCER_SERVER_TLS:-prefer}
${PGBOUNCER_SERVER_CA_FILE:+server_tls_ca_file = $PGBOUNCER_SERVER_CA_FILE}
log_connections = 0
log_disconnections = 0
INI
exec pgbouncer "$run/pgbouncer.ini"
