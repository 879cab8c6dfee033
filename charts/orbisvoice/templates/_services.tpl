{{/*
The services, each by its key in the values. `name`: of image and objects. `port`: of its door, `portName` http or grpc.
`publicGrpcPort`: of a gRPC door for customers beside it, `internalGrpcPort` of one for other services. `calls`: the services that it calls. `schema`: its own in Postgres. `public`: people and customers reach it. `internet`: it reaches others.
*/}}
{{- define "orbisvoice.services" -}}
api:
  name: api
  port: 3000
  portName: http
  publicGrpcPort: 50050
  public: true
  calls: [accounts, agents, tools, transcripts]
accounts:
  name: accounts
  port: 50051
  portName: grpc
  schema: accounts
  internet: true
agents:
  name: agents
  port: 50052
  portName: grpc
  schema: agents
  calls: [voiceGateway]
tools:
  name: tools
  port: 50053
  portName: grpc
  schema: tools
  internet: true
transcripts:
  name: transcripts
  port: 50054
  portName: grpc
  schema: transcripts
voiceGateway:
  name: voice-gateway
  port: 4001
  portName: http
  internalGrpcPort: 50055
  public: true
  calls: [accounts, agents, tools, transcripts]
web:
  name: web
  port: 3001
  portName: http
  public: true
{{- if eq (include "orbisvoice.simulator.runs" .) "true" }}
simulator:
  name: simulator
  port: 4010
  portName: http
{{- end }}
{{- end -}}

{{/* "true" when the simulator answers calls: nobody has given a key for Gemini. */}}
{{- define "orbisvoice.simulator.answers" -}}
{{- $key := .Values.provider.gemini.apiKey -}}
{{- if or $key.value $key.existingSecret -}}false{{- else -}}true{{- end -}}
{{- end -}}

{{- define "orbisvoice.simulator.runs" -}}
{{- $mode := .Values.simulator.mode -}}
{{- if eq $mode "always" -}}true
{{- else if eq $mode "never" -}}false
{{- else -}}{{ include "orbisvoice.simulator.answers" . }}
{{- end -}}
{{- end -}}

{{/* The values of a component: its own section over `defaults`. root, key. As YAML. */}}
{{- define "orbisvoice.componentValues" -}}
{{- mergeOverwrite (deepCopy .root.Values.defaults) (deepCopy (index .root.Values .key)) | toYaml -}}
{{- end -}}

{{/* Fewest pods that a component runs with: values. */}}
{{- define "orbisvoice.minReplicas" -}}
{{- if .autoscaling.enabled -}}{{ .autoscaling.minReplicas }}{{- else -}}{{ .replicas }}{{- end -}}
{{- end -}}

{{/* Address of a service for gRPC clients, which resolve every pod of it and spread over them. root, name, port. */}}
{{- define "orbisvoice.grpcAddress" -}}
{{- printf "dns:///%s-%s.%s:%d" (include "orbisvoice.fullname" .root) .name .root.Release.Namespace (int .port) -}}
{{- end -}}
