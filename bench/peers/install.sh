#!/usr/bin/env bash
# Brings what OrbisVoice is measured beside, in pinned versions: npm packages here, the rest into a folder outside the tree.
# Needs Node, Go and a Python from 3.11 to 3.12 (PEERS_PYTHON). Does nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")"
folder=${ORBISVOICE_PEERS_FOLDER:-/var/tmp/orbisvoice-peers}
livekit_server=v1.13.5
mkdir -p "$folder/bin"

if ! cmp -s package-lock.json node_modules/.installed-lock; then
  npm ci --no-audit --no-fund
  cp package-lock.json node_modules/.installed-lock
fi
if ! cmp -s requirements.txt "$folder/venv/.installed-requirements"; then
  python=${PEERS_PYTHON:-$(command -v python3.12 || command -v python3)}
  "$python" -m venv --clear "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt
  cp requirements.txt "$folder/venv/.installed-requirements"
fi
if [ ! -x "$folder/bin/livekit-server-$livekit_server" ]; then
  GOBIN="$folder/bin" go install "github.com/livekit/livekit-server/cmd/server@$livekit_server"
  mv "$folder/bin/server" "$folder/bin/livekit-server-$livekit_server"
fi
ln -sf "livekit-server-$livekit_server" "$folder/bin/livekit-server"
