{{/*
A datastore of one pod, for evaluation. Context: root, name, values (of its `internal` section), uid, port, portName, container (name of a
template), mountPath, and optionally runPath (a folder to write to), files (name of a template with the ConfigMap's data), filesPath, exporter (name of a template).
*/}}
{{- define "orbisvoice.datastore" -}}
{{- $fullname := printf "%s-%s" (include "orbisvoice.fullname" .root) .name -}}
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
    metadata:
      labels:
        {{- include "orbisvoice.labels" $labels | nindent 8 }}
        {{- with .values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      annotations:
        kubectl.kubernetes.io/default-container: {{ .name }}
        checksum/credentials: {{ include "orbisvoice.inlineCredentials" (dict "root" .root "paths" .credentials) | sha256sum }}
        checksum/named-secrets: {{ include "orbisvoice.namedSecretsChecksum" .root }}
        {{- if .files }}
        checksum/config: {{ include .files .root | sha256sum }}
        {{- end }}
        {{- if and .values.exporter.enabled .root.Values.monitoring.annotations }}
        {{- include "orbisvoice.scrapeAnnotations" .metricsPort | trim | nindent 8 }}
        {{- end }}
        {{- with merge (dict) .values.podAnnotations .root.Values.commonAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      {{- include "orbisvoice.podDefaults" .root | nindent 6 }}
      serviceAccountName: {{ include "orbisvoice.serviceAccountName" .root }}
      terminationGracePeriodSeconds: 60
      securityContext:
        runAsNonRoot: true
        runAsUser: {{ .uid }}
        runAsGroup: {{ .uid }}
        fsGroup: {{ .uid }}
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile:
          type: RuntimeDefault
      {{- with include "orbisvoice.scheduling" .values | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      containers:
        - name: {{ .name }}
          image: {{ include "orbisvoice.imageName" (dict "root" .root "image" .values.image) }}
          imagePullPolicy: {{ include "orbisvoice.pullPolicy" (dict "root" .root "image" .values.image) }}
          securityContext:
            {{- toYaml .root.Values.defaults.securityContext | nindent 12 }}
          ports:
            - name: {{ .portName }}
              containerPort: {{ .port }}
          {{- include .container . | nindent 10 }}
          resources:
            {{- toYaml .values.resources | nindent 12 }}
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
          securityContext:
            {{- toYaml .root.Values.defaults.securityContext | nindent 12 }}
          {{- include .exporter .root | nindent 10 }}
          ports:
            - name: metrics
              containerPort: {{ .metricsPort }}
          resources:
            {{- include "orbisvoice.exporterResources" . | nindent 12 }}
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
            name: {{ $fullname }}
        {{- end }}
        {{- if not .values.persistence.enabled }}
        - name: data
          emptyDir: {}
        {{- end }}
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
{{- end -}}
