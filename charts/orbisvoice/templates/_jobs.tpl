{{/* Parts of Jobs that run our own images. */}}

{{/*
Annotations of a hook, for Helm, and through it for Argo CD. weight, and keep: it stays after it succeeded. One that fails says why in
Helm's own output (Helm 3.18 and newer) and goes, unless it is kept: rollback and uninstall know nothing of it.
*/}}
{{- define "orbisvoice.hook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ .weight | toString | quote }}
helm.sh/hook-delete-policy: before-hook-creation{{ if not .keep }},hook-succeeded,hook-failed{{ end }}
helm.sh/hook-output-log-policy: hook-failed
{{- end -}}
