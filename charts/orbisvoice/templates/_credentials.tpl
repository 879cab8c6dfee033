{{/*
Credentials. Each has `value` (goes into the release's Secret), or `existingSecret` and `key`. Where neither is given it is in
`secrets.existingSecret`, or the Job of generate-secrets.yaml makes it, if it may.
*/}}

{{/* Every credential by its path: `generate` when the Job may make it, `required` when nothing works without. As YAML. */}}
{{- define "orbisvoice.credentials" -}}
{{- $internal := eq .Values.postgres.mode "internal" -}}
secrets.internalAuth: {generate: true, required: true}
secrets.apiKeyJwt: {generate: true, required: true}
secrets.toolsEncryption: {generate: true, required: true}
{{- if $internal }}
postgres.credentials.admin: {generate: true, required: true}
{{- end }}
postgres.credentials.owner: {generate: {{ $internal }}, required: {{ or $internal .Values.migrations.enabled }}}
{{- range $service := list "accounts" "agents" "tools" "transcripts" }}
postgres.credentials.{{ $service }}: {generate: {{ $internal }}, required: true}
{{- end }}
{{- $redisInternal := eq .Values.redis.mode "internal" }}
redis.password: {generate: {{ $redisInternal }}, required: {{ $redisInternal }}}
{{- $natsInternal := eq .Values.nats.mode "internal" }}
nats.token: {generate: {{ $natsInternal }}, required: {{ $natsInternal }}}
provider.gemini.apiKey: {generate: false, required: false}
{{- end -}}

{{/* The credential at a path such as "redis.password": root, path. As YAML. */}}
{{- define "orbisvoice.credentialAt" -}}
{{- $found := .root.Values -}}
{{- range splitList "." .path }}{{ $found = index $found . }}{{ end -}}
{{- toYaml $found -}}
{{- end -}}

{{/* Where a credential comes from: existing, value, common, generated, missing or none. root, path. */}}
{{- define "orbisvoice.credentialSource" -}}
{{- $rule := index (include "orbisvoice.credentials" .root | fromYaml) .path | default (dict "generate" false "required" false) -}}
{{- $credential := include "orbisvoice.credentialAt" . | fromYaml -}}
{{- if $credential.existingSecret -}}existing
{{- else if $credential.value -}}value
{{- else if not $rule.required -}}none
{{- else if .root.Values.secrets.existingSecret -}}common
{{- else if and $rule.generate .root.Values.secrets.generate -}}generated
{{- else -}}missing
{{- end -}}
{{- end -}}

{{- define "orbisvoice.generatedSecretName" -}}{{ include "orbisvoice.fullname" . }}-generated{{- end -}}
{{- define "orbisvoice.valuesSecretName" -}}{{ include "orbisvoice.fullname" . }}-credentials{{- end -}}

{{/* `secretKeyRef` of a credential: root, path, and valuesSecret where inline values are in another Secret than the release's. */}}
{{- define "orbisvoice.secretKeyRef" -}}
{{- $source := include "orbisvoice.credentialSource" . -}}
{{- $credential := include "orbisvoice.credentialAt" . | fromYaml -}}
{{- $name := $credential.existingSecret -}}
{{- if eq $source "value" }}{{ $name = .valuesSecret | default (include "orbisvoice.valuesSecretName" .root) }}{{ end -}}
{{- if eq $source "common" }}{{ $name = .root.Values.secrets.existingSecret }}{{ end -}}
{{- if eq $source "generated" }}{{ $name = include "orbisvoice.generatedSecretName" .root }}{{ end -}}
secretKeyRef:
  name: {{ $name }}
  key: {{ $credential.key }}
{{- end -}}

{{/* An environment variable with a credential: root, path, variable, valuesSecret. Nothing where there is none. */}}
{{- define "orbisvoice.credentialEnv" -}}
{{- if ne (include "orbisvoice.credentialSource" .) "none" -}}
- name: {{ .variable }}
  valueFrom:
    {{- include "orbisvoice.secretKeyRef" . | nindent 4 }}
{{- end -}}
{{- end -}}

{{/* Inline values among some paths, by their keys, as a Secret's stringData: root, paths. */}}
{{- define "orbisvoice.inlineCredentials" -}}
{{- $root := .root -}}
{{- range .paths }}
{{- $at := dict "root" $root "path" . }}
{{- if eq (include "orbisvoice.credentialSource" $at) "value" }}
{{- $credential := include "orbisvoice.credentialAt" $at | fromYaml }}
{{ $credential.key }}: {{ $credential.value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Keys that nobody has given and the Job may make, separated by commas. */}}
{{- define "orbisvoice.generatedKeys" -}}
{{- $keys := list -}}
{{- range $path, $rule := include "orbisvoice.credentials" . | fromYaml -}}
{{- $at := dict "root" $ "path" $path -}}
{{- if eq (include "orbisvoice.credentialSource" $at) "generated" -}}
{{- $keys = append $keys (include "orbisvoice.credentialAt" $at | fromYaml).key -}}
{{- end -}}
{{- end -}}
{{- $keys | sortAlpha | join "," -}}
{{- end -}}
