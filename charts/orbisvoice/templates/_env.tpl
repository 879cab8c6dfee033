{{/* The environment of each service. Names and meanings: docs/configuration.md. */}}

{{- define "orbisvoice.env" -}}
- name: LOG_LEVEL
  value: {{ .values.logLevel }}
- name: STOP_TIMEOUT_MS
  value: {{ mul 1000 (int .values.stopSeconds) | quote }}
{{ include "orbisvoice.credentialEnv" (dict "root" .root "path" "secrets.internalAuth" "variable" "INTERNAL_AUTH_SECRET") }}
{{- $root := .root }}
{{- $services := include "orbisvoice.services" .root | fromYaml }}
{{- range .service.calls }}
{{- $callee := index $services . }}
- name: {{ $callee.name | upper | replace "-" "_" }}_ADDRESS
  value: {{ include "orbisvoice.grpcAddress" (dict "root" $root "name" $callee.name "port" ($callee.internalGrpcPort | default $callee.port)) }}
{{- end }}
{{- with include "orbisvoice.tlsEnv" . | trim }}
{{ . }}
{{- end }}
{{- with .root.Values.tracing }}
{{- if .endpoint }}
- name: TRACING_ENABLED
  value: 'true'
- name: TRACING_ENDPOINT
  value: {{ .endpoint | quote }}
- name: OTEL_TRACES_SAMPLER
  value: parentbased_traceidratio
- name: OTEL_TRACES_SAMPLER_ARG
  value: {{ .sampleRatio | quote }}
- name: TRACING_PII
  value: {{ .personalData | quote }}
{{- end }}
{{- end }}
{{- if .service.schema }}
{{ include "orbisvoice.databaseEnv" . }}
{{- end }}
{{- $own := include (printf "orbisvoice.env.%s" .key) . | trim }}
{{- with $own }}
{{ . }}
{{- end }}
{{- end -}}

{{/* Through PgBouncer. The password comes from a Secret, so the URL is put together by Kubernetes. */}}
{{- define "orbisvoice.databaseEnv" -}}
{{- $schema := .service.schema -}}
{{- $postgres := .root.Values.postgres -}}
{{ include "orbisvoice.credentialEnv" (dict "root" .root "path" (printf "postgres.credentials.%s" $schema) "variable" "DATABASE_PASSWORD") }}
- name: DATABASE_URL
  value: {{ include "orbisvoice.pgbouncerUrl" (dict "root" .root "role" (index $postgres.roles $schema) "database" $postgres.database) }}
{{- if and (eq $postgres.mode "external") $postgres.external.replica.host }}
- name: DATABASE_REPLICA_URL
  value: {{ include "orbisvoice.pgbouncerUrl" (dict "root" .root "role" (index $postgres.roles $schema) "database" (printf "%s_replica" $postgres.database)) }}
{{- end }}
{{- end -}}

{{- define "orbisvoice.pgbouncerUrl" -}}
postgres://{{ .role }}:$(DATABASE_PASSWORD)@{{ include "orbisvoice.fullname" .root }}-pgbouncer.{{ .root.Release.Namespace }}:6432/{{ .database }}
{{- if .root.Values.internalTls.enabled }}?sslmode=verify-full&sslrootcert=/etc/orbisvoice/tls/ca.crt{{ end }}
{{- end -}}

{{- define "orbisvoice.env.api" -}}
{{- $exposure := .root.Values.exposure -}}
{{- $origins := $exposure.corsOrigins }}
{{- if include "orbisvoice.exposed" .root }}
{{- $origins = prepend $origins (include "orbisvoice.url" (dict "root" .root "door" "console")) }}
- name: PUBLIC_URL
  value: {{ include "orbisvoice.url" (dict "root" .root "door" "api") }}
- name: VOICE_GATEWAY_PUBLIC_URL
  value: {{ include "orbisvoice.url" (dict "root" .root "door" "voice") }}
{{- else }}
{{- /* The console as `kubectl port-forward` opens it. */}}
{{- $origins = prepend $origins "http://localhost:3001" }}
{{- end }}
- name: CORS_ORIGINS
  value: {{ $origins | uniq | join "," | quote }}
{{- include "orbisvoice.trustedProxiesEnv" .root }}
- name: RATE_LIMIT_REQUESTS
  value: {{ .values.rateLimit.requests | int | quote }}
- name: RATE_LIMIT_WINDOW
  value: {{ .values.rateLimit.window | quote }}
{{- end -}}

{{- /* For those who tell clients apart by their addresses. */}}
{{- define "orbisvoice.trustedProxiesEnv" }}
{{- with .Values.exposure.trustedProxies }}
- name: TRUSTED_PROXIES
  value: {{ join "," . | quote }}
{{- end }}
{{- end -}}

{{- define "orbisvoice.env.accounts" -}}
{{ include "orbisvoice.credentialEnv" (dict "root" .root "path" "secrets.apiKeyJwt" "variable" "API_KEY_JWT_SECRET") }}
{{- end -}}

{{- define "orbisvoice.env.agents" -}}{{- end -}}

{{- define "orbisvoice.env.tools" -}}
{{ include "orbisvoice.credentialEnv" (dict "root" .root "path" "secrets.toolsEncryption" "variable" "TOOLS_ENCRYPTION_KEY") }}
{{- with .values.outboundAllow }}
- name: OUTBOUND_ALLOW
  value: {{ join "," . | quote }}
{{- end }}
{{- end -}}

{{- define "orbisvoice.env.transcripts" -}}
{{- $nats := .root.Values.nats -}}
{{ include "orbisvoice.credentialEnv" (dict "root" .root "path" "nats.token" "variable" "NATS_TOKEN") }}
- name: NATS_URL
  value: {{ if eq $nats.mode "internal" }}nats://{{ include "orbisvoice.fullname" .root }}-nats:4222{{ else }}{{ $nats.external.url | quote }}{{ end }}
- name: NATS_STREAM_REPLICAS
  value: {{ $nats.streamReplicas | int | quote }}
{{- end -}}

{{- define "orbisvoice.env.voiceGateway" -}}
{{- $gemini := .root.Values.provider.gemini -}}
{{- if eq (include "orbisvoice.simulator.answers" .root) "true" }}
- name: GEMINI_API_KEY
  value: simulated
- name: GEMINI_BASE_URL
  value: http://{{ include "orbisvoice.fullname" .root }}-simulator:4010
- name: PROVIDER_SIMULATED
  value: 'true'
{{- else }}
{{ include "orbisvoice.credentialEnv" (dict "root" .root "path" "provider.gemini.apiKey" "variable" "GEMINI_API_KEY") }}
{{- with $gemini.baseUrl }}
- name: GEMINI_BASE_URL
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- with $gemini.model }}
- name: GEMINI_MODEL
  value: {{ . | quote }}
{{- end }}
{{ include "orbisvoice.redisEnv" . | trim }}
{{- include "orbisvoice.trustedProxiesEnv" .root }}
- name: MAX_CALLS
  value: {{ .values.maxCalls | int | quote }}
- name: MAX_CALLS_PER_ORGANIZATION
  value: {{ .values.maxCallsPerOrganization | int | quote }}
- name: DRAIN_TIMEOUT_MS
  value: {{ mul 1000 (int .values.drainSeconds) | quote }}
{{- end -}}

{{- define "orbisvoice.redisEnv" -}}
{{- $redis := .root.Values.redis -}}
{{- $password := ne (include "orbisvoice.credentialSource" (dict "root" .root "path" "redis.password")) "none" -}}
{{ include "orbisvoice.credentialEnv" (dict "root" .root "path" "redis.password" "variable" "REDIS_PASSWORD") }}
- name: REDIS_URL
  {{- if eq $redis.mode "internal" }}
  value: redis://:$(REDIS_PASSWORD)@{{ include "orbisvoice.fullname" .root }}-redis:6379
  {{- else if $password }}
  value: {{ printf "%s%s:$(REDIS_PASSWORD)@%s" (regexFind "^[a-z-]+://" $redis.external.url) $redis.external.username (regexReplaceAll "^[a-z-]+://" $redis.external.url "") | quote }}
  {{- else }}
  value: {{ $redis.external.url | quote }}
  {{- end }}
{{- end -}}

{{- define "orbisvoice.env.web" -}}
{{- if include "orbisvoice.exposed" .root }}
- name: NEXT_PUBLIC_API_URL
  value: {{ include "orbisvoice.url" (dict "root" .root "door" "api") }}
- name: NEXT_PUBLIC_VOICE_GATEWAY_URL
  value: {{ include "orbisvoice.url" (dict "root" .root "door" "voice") }}/stream
{{- end }}
{{- end -}}

{{- define "orbisvoice.env.simulator" -}}{{- end -}}
