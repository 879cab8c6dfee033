{{/* What the schema can't see, because it is about several values at once. Each problem is a sentence that says what to do. */}}

{{- define "orbisvoice.validate" -}}
{{- $problems := list -}}
{{- range list "credentials" "stores" "components" "services" "pods" "gateway" "exposure" "autoscaling" "monitoring" "cluster" -}}
{{- $found := include (printf "orbisvoice.validate.%s" .) $ | trim -}}
{{- if $found -}}{{ $problems = append $problems $found }}{{- end -}}
{{- end -}}
{{- if $problems -}}
{{- printf "\n\nThese values can't work together:\n%s\n" (join "\n" $problems) | fail -}}
{{- end -}}
{{- end -}}

{{- define "orbisvoice.validate.credentials" -}}
{{- range $path, $rule := include "orbisvoice.credentials" . | fromYaml }}
{{- $at := dict "root" $ "path" $path }}
{{- $credential := include "orbisvoice.credentialAt" $at | fromYaml }}
{{- if eq (include "orbisvoice.credentialSource" $at) "missing" }}
- {{ $path }} is missing: name a Secret in {{ $path }}.existingSecret with the key {{ $credential.key }}, or one for all of them in secrets.existingSecret{{ if $rule.generate }}, or set secrets.generate to true{{ end }}.
{{- end }}
{{- if and $credential.value $credential.existingSecret }}
- {{ $path }} has both a value and an existingSecret: remove one.
{{- end }}
{{- if and $credential.value (hasPrefix "secrets." $path) (lt (len $credential.value) 32) }}
- {{ $path }}.value is shorter than 32 characters: make one with `openssl rand -base64 48`.
{{- end }}
{{- if and $credential.value (or (hasPrefix "postgres." $path) (hasPrefix "redis." $path)) (not (regexMatch "^[A-Za-z0-9._~-]+$" $credential.value)) }}
- {{ $path }}.value has characters that can't stand in a URL: use letters, digits and -._~ only.
{{- end }}
{{- end }}
{{- end -}}

{{- define "orbisvoice.validate.stores" -}}
{{- $postgres := .Values.postgres }}
{{- if and (eq $postgres.mode "external") (not $postgres.external.host) }}
- postgres.mode is external: set postgres.external.host to the address of your Postgres.
{{- end }}
{{- if and (eq $postgres.mode "external") (hasPrefix "verify-" $postgres.external.sslMode) (not $postgres.external.caSecret) }}
- postgres.external.sslMode is {{ $postgres.external.sslMode }}: set postgres.external.caSecret to a Secret with the authority's certificate.
{{- end }}
{{- range $schema, $role := $postgres.roles }}
{{- if eq $role $postgres.ownerRole }}
- postgres.roles.{{ $schema }} is the owner: give it a role of its own, since row-level security must bind it.
{{- end }}
{{- end }}
{{- if and (eq .Values.redis.mode "external") (not .Values.redis.external.url) }}
- redis.mode is external: set redis.external.url to the address of your Redis.
{{- end }}
{{- if and (eq .Values.nats.mode "external") (not .Values.nats.external.url) }}
- nats.mode is external: set nats.external.url to the addresses of your NATS servers.
{{- end }}
{{- if and (eq .Values.nats.mode "internal") (gt (int .Values.nats.streamReplicas) 1) }}
- nats.streamReplicas is {{ .Values.nats.streamReplicas }}, and the internal NATS is one server: set it to 1.
{{- end }}
{{- $pgbouncer := include "orbisvoice.componentValues" (dict "root" . "key" "pgbouncer") | fromYaml }}
{{- if eq $postgres.mode "internal" }}
{{- $pods := $pgbouncer.autoscaling.enabled | ternary $pgbouncer.autoscaling.maxReplicas $pgbouncer.replicas | int }}
{{- $needed := add (mul $pods (int $pgbouncer.maxDatabaseConnections)) 10 }}
{{- if gt $needed (int64 $postgres.internal.maxConnections) }}
- {{ $pods }} pods of pgbouncer with maxDatabaseConnections {{ $pgbouncer.maxDatabaseConnections }}, and 10 for migrations, are more than postgres.internal.maxConnections, {{ $postgres.internal.maxConnections }}: raise it to {{ $needed }}, or lower pgbouncer.maxDatabaseConnections.
{{- end }}
{{- end }}
{{- end -}}

{{/* Seconds of a stop, besides waiting and draining: the last turns are stored, connections are closed. */}}
{{- define "orbisvoice.stopHeadroomSeconds" -}}20{{- end -}}

{{- define "orbisvoice.validate.components" -}}
{{- $keys := append (keys (include "orbisvoice.services" . | fromYaml)) "pgbouncer" }}
{{- range $key := without $keys "voiceGateway" | sortAlpha }}
{{- $values := include "orbisvoice.componentValues" (dict "root" $ "key" $key) | fromYaml }}
{{- $needed := add $values.preStopSeconds $values.stopSeconds 5 }}
{{- if gt $needed (int64 $values.terminationGracePeriodSeconds) }}
- {{ $key }}: preStopSeconds {{ $values.preStopSeconds }} + stopSeconds {{ $values.stopSeconds }} + 5 do not fit into terminationGracePeriodSeconds {{ $values.terminationGracePeriodSeconds }}: raise it to {{ $needed }}.
{{- end }}
{{- if and $values.autoscaling.enabled (gt (int $values.autoscaling.minReplicas) (int $values.autoscaling.maxReplicas)) }}
- {{ $key }}.autoscaling: minReplicas {{ $values.autoscaling.minReplicas }} is more than maxReplicas {{ $values.autoscaling.maxReplicas }}: lower it.
{{- end }}
{{- end }}
{{- end -}}

{{- define "orbisvoice.validate.services" -}}
{{- $components := include "orbisvoice.services" . | fromYaml }}
{{- range $key := append (keys $components) "pgbouncer" | sortAlpha }}
{{- $service := (include "orbisvoice.componentValues" (dict "root" $ "key" $key) | fromYaml).service }}
{{- if and (ne $service.type "ClusterIP") (not (get $components $key | default dict).public) }}
- {{ $key }}.service.type is {{ $service.type }}, and {{ $key }} is for the platform itself, so nothing may reach it from outside: leave it ClusterIP, and set the type of api, voiceGateway or web instead of that in defaults.
{{- end }}
{{- if and (ne $service.type "LoadBalancer") (or $service.loadBalancerClass $service.loadBalancerSourceRanges) (get $components $key | default dict).public }}
- {{ $key }}.service has loadBalancerClass or loadBalancerSourceRanges, and its type is {{ $service.type }}: set {{ $key }}.service.type to LoadBalancer, or remove them.
{{- end }}
{{- end }}
{{- end -}}

{{- define "orbisvoice.validate.pods" -}}
{{- $selected := keys (include "orbisvoice.selectorLabels" (dict "root" . "component" "any") | fromYaml) }}
{{- $sections := dict "commonLabels" .Values.commonLabels }}
{{- range $section := list "defaults" "api" "accounts" "agents" "tools" "transcripts" "voiceGateway" "web" "simulator" "pgbouncer" "postgres.internal" "redis.internal" "nats.internal" "migrations" "secrets.job" "tests" }}
{{- $values := include "orbisvoice.credentialAt" (dict "root" $ "path" $section) | fromYaml }}
{{- $_ := set $sections (printf "%s.podLabels" $section) ($values.podLabels | default dict) }}
{{- end }}
{{- range $name, $labels := $sections }}
{{- range $label, $_ := $labels }}
{{- if has $label $selected }}
- {{ $name }} names {{ $label }}, by which the chart finds its pods: choose another label.
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "orbisvoice.validate.gateway" -}}
{{- $values := include "orbisvoice.componentValues" (dict "root" . "key" "voiceGateway") | fromYaml }}
{{- $headroom := max (include "orbisvoice.stopHeadroomSeconds" . | int) (add 10 $values.stopSeconds) }}
{{- $needed := add $values.preStopSeconds $values.drainSeconds $headroom }}
{{- if gt $needed (int64 $values.terminationGracePeriodSeconds) }}
- voiceGateway: preStopSeconds {{ $values.preStopSeconds }} + drainSeconds {{ $values.drainSeconds }} + {{ $headroom }} do not fit into terminationGracePeriodSeconds {{ $values.terminationGracePeriodSeconds }}, so calls would be cut: raise terminationGracePeriodSeconds to {{ $needed }}, or lower drainSeconds.
{{- end }}
{{- $onCalls := or $values.autoscaling.customMetrics (eq $values.autoscaling.kind "keda") }}
{{- if and $values.autoscaling.enabled $onCalls (gt (int $values.autoscaling.callsPerPod) (int $values.maxCalls)) }}
- voiceGateway.autoscaling.callsPerPod {{ $values.autoscaling.callsPerPod }} is more than voiceGateway.maxCalls {{ $values.maxCalls }}, so there would never be another pod: lower it to about {{ div (mul 7 (int $values.maxCalls)) 10 }}.
{{- end }}
{{- if and $values.autoscaling.enabled (gt (int $values.autoscaling.minReplicas) (int $values.autoscaling.maxReplicas)) }}
- voiceGateway.autoscaling: minReplicas {{ $values.autoscaling.minReplicas }} is more than maxReplicas {{ $values.autoscaling.maxReplicas }}: lower it.
{{- end }}
{{- if and (eq .Values.simulator.mode "never") (eq (include "orbisvoice.simulator.answers" .) "true") }}
- Nobody would answer calls: set provider.gemini.apiKey.existingSecret to a Secret with a key for Gemini, or simulator.mode to auto.
{{- end }}
{{- end -}}

{{- define "orbisvoice.validate.exposure" -}}
{{- $on := or .Values.ingress.enabled .Values.gatewayApi.enabled }}
{{- if and $on (not (include "orbisvoice.exposed" .)) }}
- {{ ternary "ingress" "gatewayApi" .Values.ingress.enabled }} is enabled: set exposure.domain to the domain that people reach.
{{- end }}
{{- if and .Values.gatewayApi.enabled (not .Values.gatewayApi.parentRefs) }}
- gatewayApi is enabled: name your Gateway in gatewayApi.parentRefs.
{{- end }}
{{- if and .Values.ingress.enabled (eq .Values.exposure.mode "paths") (has .Values.ingress.controller (list "haproxy" "other")) }}
- exposure.mode is paths, and the Ingress of controller {{ .Values.ingress.controller }} has no way that this chart knows to take the prefix off: set exposure.mode to hosts, or use gatewayApi.
{{- end }}
{{- $hosts := .Values.exposure.hosts }}
{{- if and .Values.gatewayApi.enabled .Values.gatewayApi.grpc (include "orbisvoice.exposed" .) (not .Values.exposure.domain) (not $hosts.grpc) }}
- gatewayApi.grpc is on, and exposure.domain is not set: set exposure.hosts.grpc to the host of the gRPC API, or gatewayApi.grpc to false.
{{- end }}
{{- if and (include "orbisvoice.exposed" .) (eq .Values.exposure.mode "hosts") (not .Values.exposure.domain) (not (and $hosts.api $hosts.voice)) }}
- exposure.domain is not set: set it, or exposure.hosts.api and exposure.hosts.voice too.
{{- end }}
{{- end -}}

{{- define "orbisvoice.validate.autoscaling" -}}
{{- $values := include "orbisvoice.componentValues" (dict "root" . "key" "voiceGateway") | fromYaml }}
{{- $scaling := $values.autoscaling }}
{{- if and $scaling.enabled (eq $scaling.kind "keda") (gt (int $scaling.callsPerPod) 0) (not $scaling.keda.prometheusAddress) }}
- voiceGateway.autoscaling.kind is keda: set voiceGateway.autoscaling.keda.prometheusAddress, such as http://prometheus-operated.monitoring:9090.
{{- end }}
{{- end -}}

{{- define "orbisvoice.validate.monitoring" -}}
{{- $monitoring := .Values.monitoring }}
{{- if and $monitoring.podMonitor.enabled $monitoring.serviceMonitor.enabled }}
- monitoring.podMonitor and monitoring.serviceMonitor are both enabled, so everything would be scraped twice: turn one off.
{{- end }}
{{- $alerts := list }}
{{- range $path, $_ := .Files.Glob "files/rules/*.yaml" }}
{{- range ($.Files.Get $path | fromYaml).groups }}
{{- range .rules }}{{ $alerts = append $alerts (.alert | default "") }}{{ end }}
{{- end }}
{{- end }}
{{- range concat $monitoring.rules.disabled (keys $monitoring.rules.overrides | sortAlpha) }}
{{- if not (has . $alerts) }}
- monitoring.rules names {{ . }}, and no alert is called so: those that there are stand in docs/kubernetes/runbooks.md.
{{- end }}
{{- end }}
{{- end -}}
