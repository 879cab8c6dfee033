#!/usr/bin/env bash
# The set-up where people clone: below a folder that only its owner may enter, in a path with a space and a letter beyond ASCII; once as
# root, if this is root, and once as a user who isn't.
set -euo pipefail
cd "$(dirname "$0")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir "$place/Käse und Wein"
# What a clone has, also where this checkout is not one.
tar -c --exclude=node_modules --exclude=dist --exclude=out --exclude=.next --exclude=.nx --exclude=./.git . | tar -x -C "$place/Käse und Wein"
cd "$place/Käse und Wein"
npm ci
npm run build
# What depends on the place: Postgres, its users and sockets, and a start with a spoken call.
npm run test:service -- --testPathPatterns libs/embedded-postgres
npm run test:system -- --testPathPatterns system/standalone.spec --testNamePattern 'ends with all that a stranger needs'
[ "$(id -u)" -eq 0 ] || exit 0
chown -R nobody "$place"
runuser -u nobody -- env HOME="$place" npm run test:system -- --testPathPatterns system/standalone.spec --testNamePattern 'kill -9 has cut off'
