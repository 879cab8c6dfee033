{{/* The alerts of files/rules, which are complete by themselves so that promtool can test them, as this release needs them. */}}

{{/* "true" for a file whose metrics there are: root, name. */}}
{{- define "orbisvoice.rules.wanted" -}}
{{- if eq .name "pgbouncer" -}}{{ .root.Values.pgbouncer.exporter.enabled }}
{{- else if has .name (list "postgres" "redis" "nats") -}}
{{- $store := index .root.Values .name -}}
{{ and (eq $store.mode "internal") $store.internal.exporter.enabled }}
{{- else -}}true
{{- end -}}
{{- end -}}

{{/* The groups of one file: root, path. */}}
{{- define "orbisvoice.rules" -}}
{{- $settings := .root.Values.monitoring.rules -}}
{{- $gateway := include "orbisvoice.componentValues" (dict "root" .root "key" "voiceGateway") | fromYaml -}}
{{- $own := dict "VoiceGatewayDrainStuck" (dict "for" (printf "%ds" (int $gateway.drainSeconds))) -}}
{{- $overrides := mergeOverwrite $own (deepCopy $settings.overrides) -}}
{{- $text := .root.Files.Get .path | replace "namespace=\"orbisvoice\"" (printf "namespace=%q" .root.Release.Namespace) -}}
{{- $groups := list -}}
{{- range ($text | fromYaml).groups -}}
{{- $rules := list -}}
{{- range .rules -}}
{{- if .record }}{{ $rules = append $rules . -}}
{{- else if not (has .alert $settings.disabled) -}}
{{- $rule := mergeOverwrite . (index $overrides .alert | default dict) -}}
{{- $_ := set $rule.annotations "runbook_url" (printf "%s%s" $settings.runbookBase $rule.annotations.runbook_url) -}}
{{- $_ := set $rule "labels" (merge $rule.labels $settings.alertLabels) -}}
{{- $rules = append $rules $rule -}}
{{- end -}}
{{- end -}}
{{- $groups = append $groups (dict "name" .name "rules" $rules) -}}
{{- end -}}
groups:
  {{- toYaml $groups | nindent 2 }}
{{- end -}}
