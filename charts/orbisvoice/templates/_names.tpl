{{/* Names, labels and images. */}}

{{- define "orbisvoice.chartName" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Prefix of all names, short enough for what is appended. */}}
{{- define "orbisvoice.fullname" -}}
{{- $name := include "orbisvoice.chartName" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "orbisvoice.selectorLabels" -}}
app.kubernetes.io/name: {{ include "orbisvoice.chartName" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{- define "orbisvoice.labels" -}}
{{ include "orbisvoice.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: orbisvoice
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Ours, commonLabels, and `labels`, each over those before; but what selectors look for stays. root, component, labels. */}}
{{- define "orbisvoice.mergedLabels" -}}
{{- $selected := include "orbisvoice.selectorLabels" . | fromYaml -}}
{{- mergeOverwrite (include "orbisvoice.labels" . | fromYaml) .root.Values.commonLabels (.labels | default dict) $selected | toYaml -}}
{{- end -}}

{{/* The metadata of an object: root, name, and optionally component, labels, annotations. */}}
{{- define "orbisvoice.metadata" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "orbisvoice.mergedLabels" . | nindent 2 }}
{{- $annotations := merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* registry/repository:tag@digest of an image: root, image, defaultTag. */}}
{{- define "orbisvoice.imageName" -}}
{{- $image := .image -}}
{{- $registry := .root.Values.global.imageRegistry | default $image.registry -}}
{{- with $registry }}{{ . }}/{{ end }}{{ $image.repository }}:{{ $image.tag | default .defaultTag }}
{{- with $image.digest }}@{{ . }}{{ end }}
{{- end -}}

{{/* Image of one of our own services: root, service (such as "api"), image with what differs. */}}
{{- define "orbisvoice.image" -}}
{{- $common := .root.Values.image -}}
{{- $image := merge (dict) (.image | default dict) (dict "registry" $common.registry "repository" (printf "%s%s" $common.prefix .service) "tag" $common.tag) -}}
{{- include "orbisvoice.imageName" (dict "root" .root "image" $image "defaultTag" .root.Chart.AppVersion) -}}
{{- end -}}

{{- define "orbisvoice.pullPolicy" -}}
{{- (.image | default dict).pullPolicy | default .root.Values.global.imagePullPolicy -}}
{{- end -}}

{{- define "orbisvoice.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "orbisvoice.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}
