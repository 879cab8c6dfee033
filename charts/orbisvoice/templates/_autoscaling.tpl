{{/* All scale on CPU, the gateway on its calls too where somebody serves them as a metric. Context: as in _component.tpl. */}}

{{- define "orbisvoice.scaleBehavior" -}}
{{- with .values.autoscaling.scaleUp }}
scaleUp:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.autoscaling.scaleDown }}
scaleDown:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "orbisvoice.hpa" -}}
{{- $name := printf "%s-%s" (include "orbisvoice.fullname" .root) .service.name -}}
{{- $behavior := include "orbisvoice.scaleBehavior" . | trim -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "orbisvoice.metadata" (dict "root" .root "component" .service.name "name" $name) | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ $name }}
  minReplicas: {{ .values.autoscaling.minReplicas }}
  maxReplicas: {{ .values.autoscaling.maxReplicas }}
  metrics:
    {{- if and .values.autoscaling.customMetrics .values.autoscaling.callsPerPod }}
    # Pods that hand their calls over are not counted: the controller leaves out what is terminating.
    - type: Pods
      pods:
        metric:
          name: orbisvoice_gateway_calls_active
        target:
          type: AverageValue
          averageValue: {{ .values.autoscaling.callsPerPod | int | quote }}
    {{- end }}
    - type: Resource
      resource:
        name: cpu
        target:
          type: AverageValue
          averageValue: {{ .values.autoscaling.cpuAverage }}
  {{- with $behavior }}
  behavior:
    {{- . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "orbisvoice.scaledObject" -}}
{{- $name := printf "%s-%s" (include "orbisvoice.fullname" .root) .service.name -}}
{{- $keda := .values.autoscaling.keda -}}
{{- $pods := printf `namespace="%s",pod=~"%s-.*"` .root.Release.Namespace $name -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- include "orbisvoice.metadata" (dict "root" .root "component" .service.name "name" $name) | nindent 2 }}
spec:
  scaleTargetRef:
    name: {{ $name }}
  minReplicaCount: {{ .values.autoscaling.minReplicas }}
  maxReplicaCount: {{ .values.autoscaling.maxReplicas }}
  pollingInterval: {{ $keda.pollingIntervalSeconds }}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        {{- include "orbisvoice.scaleBehavior" . | trim | nindent 8 }}
  triggers:
    {{- with .values.autoscaling.callsPerPod }}
    # A sum, unlike the `Pods` metric of an HPA: draining pods are left out here.
    - type: prometheus
      metricType: AverageValue
      metadata:
        serverAddress: {{ $keda.prometheusAddress | quote }}
        threshold: {{ . | int | quote }}
        query: >-
          (sum(orbisvoice_gateway_calls_active{ {{- $pods -}} }
          unless on (namespace, pod) (orbisvoice_gateway_draining{ {{- $pods -}} } == 1)) or vector(0)) + {{ int $keda.bufferCalls }}
      {{- with $keda.authenticationRef }}
      authenticationRef:
        name: {{ . }}
      {{- end }}
    {{- end }}
    - type: cpu
      metricType: AverageValue
      metadata:
        value: {{ .values.autoscaling.cpuAverage }}
{{- end -}}
