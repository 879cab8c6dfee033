# The programs that .ci/run needs beyond Node, each in a fixed version below $tools, where they are found again by the next run.

install_programs() {
  local missing=()
  for package in chromium redis-server pgbouncer postgresql-15 python3-venv zsh fish; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ] || [ ! -x "$tools/nats-2.9/usr/sbin/nats-server" ]; then
    apt-get update -qq || return 1
  fi
  if [ ${#missing[@]} -gt 0 ]; then
    # Debian starts what it installs; these tests start their own.
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
    local status=$?
    rm -f /usr/sbin/policy-rc.d
    [ $status -eq 0 ] || return 1
  fi
  # NATS 2.9 from Debian, unpacked only, and the current one by its Go module.
  if [ ! -x "$tools/nats-2.9/usr/sbin/nats-server" ]; then
    (cd "$tools" && apt-get download -qq nats-server && dpkg -x nats-server_*.deb nats-2.9 && rm nats-server_*.deb) || return 1
  fi
  [ -x "$tools/kosoku/bin/kosoku" ] || { python3 -m venv "$tools/kosoku" && "$tools/kosoku/bin/pip" install -q kosoku==0.1.0; } || return 1
  go_program nats-server github.com/nats-io/nats-server/v2@v2.15.2 . &&
    go_program toxiproxy github.com/Shopify/toxiproxy/v2@v2.12.0 cmd/server
}

# What `npm run check:chart` needs, each from its own Go module, and the Kubernetes schemas are kept between runs.
install_chart_tools() {
  go_program helm4 helm.sh/helm/v4@v4.3.1 cmd/helm &&
    go_program helm3 helm.sh/helm/v3@v3.22.0 cmd/helm &&
    go_program helm-unittest github.com/helm-unittest/helm-unittest@v1.1.2 cmd/helm-unittest &&
    go_program kube-score github.com/zegl/kube-score@v1.20.0 cmd/kube-score &&
    go_program kubeconform github.com/yannh/kubeconform@v0.8.0 cmd/kubeconform &&
    go_program promtool github.com/prometheus/prometheus@v0.315.0 cmd/promtool
}

# go_program NAME MODULE@VERSION PACKAGE: $tools/bin/NAME. Some modules have `replace` lines, which `go install` refuses, so each is built
# in a copy of itself, as its makers do.
go_program() {
  local name=$1 module=$2 package=$3 source copy status
  [ -x "$tools/bin/$name-${module##*@}" ] || {
    source=$(cd / && go mod download -json "$module" | sed -n 's/.*"Dir": "\(.*\)",/\1/p')
    [ -d "$source" ] || return 1
    copy=$(mktemp -d)
    cp -r "$source/." "$copy" && chmod -R u+w "$copy" &&
      (cd "$copy" && CGO_ENABLED=0 GOWORK=off go build -trimpath -ldflags "-s -w" -o "$tools/bin/$name-${module##*@}" "./$package")
    status=$?
    rm -rf "$copy"
    [ $status -eq 0 ] || return 1
  }
  ln -sf "$name-${module##*@}" "$tools/bin/$name"
}
