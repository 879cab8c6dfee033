{{/* PgBouncer in transaction mode, the only way of services to Postgres. A component as those of _services.tpl. */}}
{{- define "orbisvoice.pgbouncer" -}}
name: pgbouncer
port: 6432
portName: postgres
metricsPort: 9127
container: orbisvoice.pgbouncer.container
volumes: orbisvoice.pgbouncer.volumes
config: orbisvoice.pgbouncer.config
{{- if (include "orbisvoice.componentValues" (dict "root" . "key" "pgbouncer") | fromYaml).exporter.enabled }}
sidecars: orbisvoice.pgbouncer.exporter
{{- else }}
noMetrics: true
{{- end }}
{{- end -}}

{{/* pgbouncer.ini, and the start that writes the users' passwords, which only the pod knows. */}}
{{- define "orbisvoice.pgbouncer.config" -}}
{{- $values := include "orbisvoice.componentValues" (dict "root" . "key" "pgbouncer") | fromYaml -}}
{{- $postgres := .Values.postgres -}}
{{- $external := $postgres.external -}}
pgbouncer.ini: |
  [databases]
  {{ $postgres.database }} = host={{ include "orbisvoice.postgresHost" . }} port={{ include "orbisvoice.postgresPort" . }} dbname={{ $postgres.database }}
  {{- if and (eq $postgres.mode "external") $external.replica.host }}
  {{ $postgres.database }}_replica = host={{ $external.replica.host }} port={{ $external.replica.port }} dbname={{ $postgres.database }}
  {{- end }}

  [pgbouncer]
  listen_addr = *
  listen_port = 6432
  unix_socket_dir = /run/pgbouncer-socket
  auth_type = scram-sha-256
  auth_file = /run/pgbouncer/userlist.txt
  pool_mode = transaction
  max_client_conn = {{ $values.maxClientConnections }}
  default_pool_size = {{ $values.poolSize }}
  max_db_connections = {{ $values.maxDatabaseConnections }}
  max_prepared_statements = 200
  query_wait_timeout = {{ $values.queryWaitSeconds }}
  server_lifetime = 600
  server_connect_timeout = 5
  server_login_retry = 1
  dns_max_ttl = 5
  ignore_startup_parameters = extra_float_digits
  stats_period = 60
  log_connections = 0
  log_disconnections = 0
  {{- if .Values.internalTls.enabled }}
  client_tls_sslmode = require
  client_tls_cert_file = /etc/orbisvoice/tls/tls.crt
  client_tls_key_file = /etc/orbisvoice/tls/tls.key
  {{- end }}
  {{- if eq $postgres.mode "external" }}
  server_tls_sslmode = {{ $external.sslMode }}
  {{- if $external.caSecret }}
  server_tls_ca_file = /etc/postgres-ca/{{ $external.caKey }}
  {{- end }}
  {{- end }}
start.sh: |
  set -eu
  umask 077
  # A role may serve several services; PgBouncer wants each once.
  {
  {{- range $schema, $role := $postgres.roles }}
    printf '"%s" "%s"\n' {{ $role | squote }} "$PASSWORD_{{ upper $schema }}"
  {{- end }}
  } | sort -u >/run/pgbouncer/userlist.txt
  exec pgbouncer /etc/pgbouncer/pgbouncer.ini
{{- end -}}

{{- define "orbisvoice.pgbouncer.container" -}}
image: {{ include "orbisvoice.image" (dict "root" .root "service" "pgbouncer" "image" .values.image) }}
imagePullPolicy: {{ include "orbisvoice.pullPolicy" (dict "root" .root "image" .values.image) }}
command: [/bin/sh, /etc/pgbouncer/start.sh]
ports:
  - name: postgres
    containerPort: 6432
env:
  {{- range $schema, $role := .root.Values.postgres.roles }}
  {{- include "orbisvoice.credentialEnv" (dict "root" $.root "path" (printf "postgres.credentials.%s" $schema) "variable" (printf "PASSWORD_%s" (upper $schema))) | nindent 2 }}
  {{- end }}
startupProbe:
  tcpSocket:
    port: postgres
  {{- toYaml .values.probes.startup | nindent 2 }}
readinessProbe:
  tcpSocket:
    port: postgres
  {{- toYaml .values.probes.readiness | nindent 2 }}
livenessProbe:
  tcpSocket:
    port: postgres
  {{- toYaml .values.probes.liveness | nindent 2 }}
lifecycle:
  # Then its image's stop signal, SIGINT: running transactions end, clients are let go, and their pools go to another pod.
  preStop:
    sleep:
      seconds: {{ max 1 (int .values.preStopSeconds) }}
resources:
  {{- toYaml .values.resources | nindent 2 }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
  - name: config
    mountPath: /etc/pgbouncer
    readOnly: true
  - name: run
    mountPath: /run/pgbouncer
  - name: socket
    mountPath: /run/pgbouncer-socket
  {{- if and (eq .root.Values.postgres.mode "external") .root.Values.postgres.external.caSecret }}
  - name: postgres-ca
    mountPath: /etc/postgres-ca
    readOnly: true
  {{- end }}
  {{- with include "orbisvoice.tlsMount" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "orbisvoice.pgbouncer.volumes" -}}
- name: config
  configMap:
    name: {{ include "orbisvoice.fullname" .root }}-pgbouncer
- name: run
  emptyDir:
    medium: Memory
    sizeLimit: 1Mi
# Apart from the passwords, for the exporter.
- name: socket
  emptyDir:
    medium: Memory
    sizeLimit: 1Mi
{{- if and (eq .root.Values.postgres.mode "external") .root.Values.postgres.external.caSecret }}
- name: postgres-ca
  secret:
    secretName: {{ .root.Values.postgres.external.caSecret }}
{{- end }}
{{- end -}}

{{/* On PgBouncer's socket, as the same Unix user: that needs no password. */}}
{{- define "orbisvoice.pgbouncer.exporter" -}}
{{- $exporter := .values.exporter -}}
- name: exporter
  image: {{ include "orbisvoice.imageName" (dict "root" .root "image" $exporter.image) }}
  imagePullPolicy: {{ include "orbisvoice.pullPolicy" (dict "root" .root "image" $exporter.image) }}
  args:
    - --pgBouncer.connectionString=postgres://pgbouncer@/pgbouncer?host=/run/pgbouncer-socket&port=6432&sslmode=disable
  ports:
    - name: metrics
      containerPort: 9127
  resources:
    {{- include "orbisvoice.exporterResources" . | nindent 4 }}
  volumeMounts:
    - name: socket
      mountPath: /run/pgbouncer-socket
{{- end -}}

{{- define "orbisvoice.exporterResources" -}}
requests:
  cpu: 5m
  memory: 16Mi
limits:
  cpu: 100m
  memory: 64Mi
{{- end -}}
