{{/* Where the platform is reached, and where its parts are. */}}

{{- define "orbisvoice.exposed" -}}
{{- if or .Values.exposure.domain .Values.exposure.hosts.console -}}true{{- end -}}
{{- end -}}

{{/* host of console | api | voice | grpc: root, door. gRPC has no paths to share a host by. */}}
{{- define "orbisvoice.host" -}}
{{- $exposure := .root.Values.exposure -}}
{{- $console := $exposure.hosts.console | default $exposure.domain -}}
{{- if or (eq .door "console") (and (eq $exposure.mode "paths") (ne .door "grpc")) -}}{{ $console }}
{{- else -}}{{ index $exposure.hosts .door | default (printf "%s.%s" .door $exposure.domain) }}
{{- end -}}
{{- end -}}

{{/* URL of console | api | voice, without a slash at the end: root, door. Empty where the platform is not exposed. */}}
{{- define "orbisvoice.url" -}}
{{- if include "orbisvoice.exposed" .root -}}
{{- $scheme := ternary "ws" "http" (eq .door "voice") -}}
{{- $exposure := .root.Values.exposure -}}
{{- $scheme }}{{ if $exposure.tls.enabled }}s{{ end }}://{{ include "orbisvoice.host" . }}
{{- if and (eq $exposure.mode "paths") (ne .door "console") }}/{{ .door }}{{ end }}
{{- end -}}
{{- end -}}

{{- define "orbisvoice.postgresHost" -}}
{{- if eq .Values.postgres.mode "internal" -}}{{ include "orbisvoice.fullname" . }}-postgres
{{- else -}}{{ .Values.postgres.external.host }}
{{- end -}}
{{- end -}}

{{- define "orbisvoice.postgresPort" -}}
{{- if eq .Values.postgres.mode "internal" -}}5432{{- else -}}{{ .Values.postgres.external.port }}{{- end -}}
{{- end -}}

{{/* Port of a URL list such as nats://a:4222,nats://b:4222 or redis://a: url, default. */}}
{{- define "orbisvoice.portOf" -}}
{{- $authority := (split "," .url)._0 | regexFind "://[^/]+" | trimPrefix "://" -}}
{{- regexFind ":[0-9]+$" $authority | trimPrefix ":" | default .default -}}
{{- end -}}
