{{/*
A datastore of one pod, for evaluation. Context: root, name, values (its `internal` section), port, portName, container (name of a
template), mountPath, and optionally runPath (a folder to write to), files (name of a template with the ConfigMap's data), filesPath, exporter (name of a template).
*/}}
{{- define "orbisvoice.datastore" -}}
{{- $fullname := printf "%s-%s" (include "orbisvoice.fullname" .root) .name -}}
{{- $values := include "orbisvoice.podValues" (dict "root" .root "section" .values) | fromYaml -}}
{{- $context := merge (dict "component" .name "values" $values "fullname" $fullname "spec" "orbisvoice.datastore.pod" "annotations" "orbisvoice.datastore.annotations" "account" (include "orbisvoice.serviceAccountName" .root)) . -}}
{{- $labels := dict "root" .root "component" .name -}}
{{- if .files }}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "orbisvoice.metadata" (dict "root" .root "component" .name "name" $fullname) | nindent 2 }}
data:
  {{- include .files .root | nindent 2 }}
---
{{- end }}
apiVersion: v1
kind: Service
metadata:
  {{- include "orbisvoice.metadata" (dict "root" .root "component" .name "name" $fullname) | nindent 2 }}
spec:
  selector:
    {{- include "orbisvoice.selectorLabels" $labels | nindent 4 }}
  ports:
    - name: {{ .portName }}
      port: {{ .port }}
      targetPort: {{ .portName }}
    {{- if .values.exporter.enabled }}
    - name: metrics
      port: {{ .metricsPort }}
      targetPort: metrics
    {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "orbisvoice.metadata" (dict "root" .root "component" .name "name" (printf "%s-headless" $fullname)) | nindent 2 }}
spec:
  clusterIP: None
  selector:
    {{- include "orbisvoice.selectorLabels" $labels | nindent 4 }}
  ports:
    - name: {{ .portName }}
      port: {{ .port }}
      targetPort: {{ .portName }}
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  {{- include "orbisvoice.metadata" (dict "root" .root "component" .name "name" $fullname "annotations" (dict "orbisvoice.io/purpose" "evaluation only: one pod, no backups")) | nindent 2 }}
spec:
  replicas: 1
  serviceName: {{ $fullname }}-headless
  selector:
    matchLabels:
      {{- include "orbisvoice.selectorLabels" $labels | nindent 6 }}
  template:
    {{- include "orbisvoice.podTemplate" $context | nindent 4 }}
  {{- if .values.persistence.enabled }}
  persistentVolumeClaimRetentionPolicy:
    whenDeleted: Retain
    whenScaled: Retain
  volumeClaimTemplates:
    - metadata:
        name: data
        labels:
          {{- include "orbisvoice.selectorLabels" $labels | nindent 10 }}
      spec:
        accessModes:
          - ReadWriteOnce
        {{- with .values.persistence.storageClass | default .root.Values.global.storageClass }}
        storageClassName: {{ . }}
        {{- end }}
        resources:
          requests:
            storage: {{ .values.persistence.size }}
  {{- end }}
{{- include "orbisvoice.ownAccount" $context }}
{{- end -}}

{{- define "orbisvoice.datastore.annotations" -}}
kubectl.kubernetes.io/default-container: {{ .name }}
checksum/credentials: {{ include "orbisvoice.inlineCredentials" (dict "root" .root "paths" .credentials) | sha256sum }}
checksum/named-secrets: {{ include "orbisvoice.namedSecretsChecksum" .root }}
{{- if .files }}
checksum/config: {{ include .files .root | sha256sum }}
{{- end }}
{{- if and .values.exporter.enabled .root.Values.monitoring.annotations }}
{{ include "orbisvoice.scrapeAnnotations" .metricsPort | trim }}
{{- end }}
{{- end -}}

{{- define "orbisvoice.datastore.pod" -}}
terminationGracePeriodSeconds: 60
containers:
  - name: {{ .name }}
    image: {{ include "orbisvoice.imageName" (dict "root" .root "image" .values.image) }}
    imagePullPolicy: {{ include "orbisvoice.pullPolicy" (dict "root" .root "image" .values.image) }}
    ports:
      - name: {{ .portName }}
        containerPort: {{ .port }}
    {{- include .container . | nindent 4 }}
    resources:
      {{- toYaml .values.resources | nindent 6 }}
    volumeMounts:
      - name: data
        mountPath: {{ .mountPath }}
      - name: tmp
        mountPath: /tmp
      {{- with .runPath }}
      - name: run
        mountPath: {{ . }}
      {{- end }}
      {{- if .files }}
      - name: files
        mountPath: {{ .filesPath }}
        readOnly: true
      {{- end }}
  {{- if .values.exporter.enabled }}
  - name: exporter
    image: {{ include "orbisvoice.imageName" (dict "root" .root "image" .values.exporter.image) }}
    imagePullPolicy: {{ include "orbisvoice.pullPolicy" (dict "root" .root "image" .values.exporter.image) }}
    {{- include .exporter .root | nindent 4 }}
    ports:
      - name: metrics
        containerPort: {{ .metricsPort }}
    resources:
      {{- include "orbisvoice.exporterResources" . | nindent 6 }}
  {{- end }}
volumes:
  - name: tmp
    emptyDir: {}
  {{- if .runPath }}
  - name: run
    emptyDir: {}
  {{- end }}
  {{- if .files }}
  - name: files
    configMap:
      name: {{ .fullname }}
  {{- end }}
  {{- if not .values.persistence.enabled }}
  - name: data
    emptyDir: {}
  {{- end }}
{{- end -}}
