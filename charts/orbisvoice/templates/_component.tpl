{{/* Everything that a service consists of. Context: root, key (in the values), service (of _services.tpl), values (merged). */}}

{{- define "orbisvoice.deployment" -}}
{{- $fullname := include "orbisvoice.fullname" .root -}}
{{- $name := .service.name -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "orbisvoice.metadata" (dict "root" .root "component" $name "name" (printf "%s-%s" $fullname $name) "labels" .values.deploymentLabels "annotations" .values.deploymentAnnotations) | nindent 2 }}
spec:
  {{- if .root.Values.paused }}
  replicas: 0
  {{- else if not .values.autoscaling.enabled }}
  replicas: {{ .values.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  minReadySeconds: {{ .values.minReadySeconds }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      {{- toYaml .values.strategy | nindent 6 }}
  selector:
    matchLabels:
      {{- include "orbisvoice.selectorLabels" (dict "root" .root "component" $name) | nindent 6 }}
  template:
    {{- include "orbisvoice.podTemplate" (merge (dict "component" $name "spec" "orbisvoice.deployment.pod" "annotations" "orbisvoice.podAnnotations" "account" (include "orbisvoice.serviceAccountName" .root) "spread" true) .) | nindent 4 }}
{{- end -}}

{{- define "orbisvoice.deployment.pod" -}}
terminationGracePeriodSeconds: {{ .values.terminationGracePeriodSeconds }}
containers:
  - name: {{ .service.name }}
    {{- include (.service.container | default "orbisvoice.serviceContainer") . | nindent 4 }}
  {{- with .service.sidecars }}
  {{- include . $ | nindent 2 }}
  {{- end }}
volumes:
  - name: tmp
    emptyDir:
      sizeLimit: 64Mi
  {{- with include "orbisvoice.tlsVolume" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with .service.volumes }}
  {{- include . $ | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "orbisvoice.podAnnotations" -}}
kubectl.kubernetes.io/default-container: {{ .service.name }}
checksum/credentials: {{ include "orbisvoice.inlineCredentials" (dict "root" .root "paths" (keys (include "orbisvoice.credentials" .root | fromYaml) | sortAlpha)) | sha256sum }}
checksum/named-secrets: {{ include "orbisvoice.namedSecretsChecksum" .root }}
{{- with .service.config }}
checksum/config: {{ include . $.root | sha256sum }}
{{- end }}
{{- if and .root.Values.monitoring.annotations (not .service.noMetrics) }}
{{ include "orbisvoice.scrapeAnnotations" (.service.metricsPort | default 9464) | trim }}
{{- end }}
{{- end -}}

{{- define "orbisvoice.scrapeAnnotations" }}
prometheus.io/scrape: 'true'
prometheus.io/port: {{ . | toString | quote }}
prometheus.io/path: /metrics
{{- end -}}

{{/* The container of one of our own services. */}}
{{- define "orbisvoice.serviceContainer" -}}
image: {{ include "orbisvoice.image" (dict "root" .root "service" .service.name "image" .values.image) }}
imagePullPolicy: {{ include "orbisvoice.pullPolicy" (dict "root" .root "image" .values.image) }}
ports:
  - name: {{ .service.portName }}
    containerPort: {{ .service.port }}
  {{- with .service.publicGrpcPort | default .service.internalGrpcPort }}
  - name: grpc
    containerPort: {{ . }}
  {{- end }}
  - name: metrics
    containerPort: 9464
env:
  {{- include "orbisvoice.env" . | nindent 2 }}
startupProbe:
  {{- include "orbisvoice.probe" (dict "path" "/livez" "probe" .values.probes.startup) | nindent 2 }}
readinessProbe:
  {{- include "orbisvoice.probe" (dict "path" "/readyz" "probe" .values.probes.readiness) | nindent 2 }}
livenessProbe:
  {{- include "orbisvoice.probe" (dict "path" "/livez" "probe" .values.probes.liveness) | nindent 2 }}
{{- if gt (int .values.preStopSeconds) 0 }}
lifecycle:
  preStop:
    sleep:
      seconds: {{ .values.preStopSeconds }}
{{- end }}
resources:
  {{- toYaml .values.resources | nindent 2 }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
  {{- with include "orbisvoice.tlsMount" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "orbisvoice.probe" -}}
httpGet:
  path: {{ .path }}
  port: metrics
{{ toYaml .probe }}
{{- end -}}

{{- define "orbisvoice.service" -}}
{{- $name := .service.name -}}
{{- $headless := eq .service.portName "grpc" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "orbisvoice.metadata" (dict "root" .root "component" $name "name" (printf "%s-%s" (include "orbisvoice.fullname" .root) $name) "annotations" .values.service.annotations) | nindent 2 }}
spec:
  {{- if $headless }}
  # Headless: gRPC clients find every pod and spread their requests over them.
  clusterIP: None
  {{- else }}
  type: {{ .values.service.type }}
  {{- with .values.service.loadBalancerClass }}
  loadBalancerClass: {{ . }}
  {{- end }}
  {{- with .values.service.loadBalancerSourceRanges }}
  loadBalancerSourceRanges:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  selector:
    {{- include "orbisvoice.selectorLabels" (dict "root" .root "component" $name) | nindent 4 }}
  ports:
    - name: {{ .service.portName }}
      port: {{ .service.port }}
      targetPort: {{ .service.portName }}
      {{- if eq .service.portName "grpc" }}
      appProtocol: kubernetes.io/h2c
      {{- end }}
    {{- with .service.publicGrpcPort | default .service.internalGrpcPort }}
    - name: grpc
      port: {{ . }}
      targetPort: grpc
      appProtocol: kubernetes.io/h2c
    {{- end }}
    {{- if and (not .service.noMetrics) (or $headless (eq .values.service.type "ClusterIP")) }}
    - name: metrics
      port: {{ .service.metricsPort | default 9464 }}
      targetPort: metrics
    {{- end }}
{{- end -}}

{{- define "orbisvoice.pdb" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "orbisvoice.metadata" (dict "root" .root "component" .service.name "name" (printf "%s-%s" (include "orbisvoice.fullname" .root) .service.name)) | nindent 2 }}
spec:
  maxUnavailable: {{ .values.pdb.maxUnavailable }}
  # A pod that is not ready anyway never holds up a node's drain.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "orbisvoice.selectorLabels" (dict "root" .root "component" .service.name) | nindent 6 }}
{{- end -}}
