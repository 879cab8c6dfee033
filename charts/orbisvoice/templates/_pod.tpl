{{/*
The one template of every pod: services, datastores, Jobs, hooks, the test. Context: root, component (its name in labels), values (what stands
in `defaults` under the pod's own section), spec (name of a template with what only this pod has: containers, of which the first is the main
one, initContainers, volumes, …; it gets the same context), and optionally annotations (a template's name), account (of the service account),
token (it mounts its token) and spread (its pods are spread over nodes and zones).
*/}}
{{- define "orbisvoice.podTemplate" -}}
{{- $values := .values -}}
{{- $adapt := include "orbisvoice.adaptSecurity" .root -}}
{{- $pod := include .spec . | fromYaml -}}
{{- with $pod.Error }}{{ fail . }}{{ end -}}
{{- $containers := list -}}
{{- range $index, $own := concat (list) $pod.containers ($values.extraContainers | default list) -}}
{{- $container := $own -}}
{{- if eq $index 0 }}{{ $container = include "orbisvoice.mainContainer" (dict "container" $own "values" $values) | fromYaml }}{{ end -}}
{{- $containers = append $containers $container -}}
{{- end -}}
{{- $inits := concat ($pod.initContainers | default list) ($values.extraInitContainers | default list) -}}
{{- range concat $containers $inits -}}
{{- /* A container of the user's may have a context of its own. */ -}}
{{- $_ := set . "securityContext" (.securityContext | default $values.securityContext) -}}
{{- if $adapt }}{{ $_ := set . "securityContext" (omit .securityContext "runAsUser" "runAsGroup") }}{{ end -}}
{{- end -}}
{{- $security := $values.podSecurityContext -}}
{{- if $adapt }}{{ $security = omit $security "runAsUser" "runAsGroup" "fsGroup" }}{{ end -}}
{{- $_ := set $pod "securityContext" $security -}}
{{- $_ := set $pod "containers" $containers -}}
{{- with $inits }}{{ $_ := set $pod "initContainers" . }}{{ end -}}
{{- with (include "orbisvoice.mergedList" (dict "base" $pod.volumes "extra" $values.extraVolumes "key" "name") | fromYaml).items }}{{ $_ := set $pod "volumes" . }}{{ end -}}
{{- with (include "orbisvoice.mergedList" (dict "base" .root.Values.global.imagePullSecrets "extra" $values.imagePullSecrets "key" "name") | fromYaml).items }}{{ $_ := set $pod "imagePullSecrets" . }}{{ end -}}
{{- range $key := list "priorityClassName" "runtimeClassName" "nodeSelector" "tolerations" "affinity" "hostAliases" "dnsPolicy" "dnsConfig" -}}
{{- with get $values $key }}{{ $_ := set $pod $key . }}{{ end -}}
{{- end -}}
{{- with include "orbisvoice.spread" . | fromYamlArray }}{{ $_ := set $pod "topologySpreadConstraints" . }}{{ end -}}
{{- $_ := set $pod "automountServiceAccountToken" (.token | default false) -}}
{{- $_ := set $pod "enableServiceLinks" false -}}
{{- with include "orbisvoice.podAccount" . }}{{ $_ := set $pod "serviceAccountName" . }}{{ end -}}
metadata:
  labels:
    {{- include "orbisvoice.mergedLabels" (dict "root" .root "component" .component "labels" $values.podLabels) | nindent 4 }}
  {{- $annotations := dict }}
  {{- with .annotations }}{{ $annotations = include . $ | fromYaml }}{{ end }}
  {{- with mergeOverwrite (dict) .root.Values.commonAnnotations $annotations $values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- toYaml $pod | nindent 2 }}
{{- end -}}

{{/* What users add to the main container of a pod: container, values. */}}
{{- define "orbisvoice.mainContainer" -}}
{{- $container := deepCopy .container -}}
{{- $values := .values -}}
{{- $named := list -}}
{{- range $name, $value := $values.env }}{{ $named = append $named (dict "name" $name "value" (toString $value)) }}{{ end -}}
{{- $extra := concat $named ($values.extraEnv | default list) -}}
{{- with (include "orbisvoice.mergedList" (dict "base" $container.env "extra" $extra "key" "name") | fromYaml).items }}{{ $_ := set $container "env" . }}{{ end -}}
{{- with (include "orbisvoice.mergedList" (dict "base" $container.volumeMounts "extra" $values.extraVolumeMounts "key" "mountPath") | fromYaml).items }}{{ $_ := set $container "volumeMounts" . }}{{ end -}}
{{- with $values.extraEnvFrom }}{{ $_ := set $container "envFrom" . }}{{ end -}}
{{- toYaml $container -}}
{{- end -}}

{{/*
Two lists as one in which nothing stands twice, since server-side apply refuses that: base, extra, key. What both have stands where it
stood, as `extra` has it, so that variables which are made of it still are. As YAML with `items`.
*/}}
{{- define "orbisvoice.mergedList" -}}
{{- $key := .key -}}
{{- $byName := dict -}}
{{- $order := list -}}
{{- range concat (.base | default list) (.extra | default list) -}}
{{- $name := get . $key | toString -}}
{{- if not (hasKey $byName $name) }}{{ $order = append $order $name }}{{ end -}}
{{- $_ := set $byName $name . -}}
{{- end -}}
{{- $items := list -}}
{{- range $order }}{{ $items = append $items (get $byName .) }}{{ end -}}
{{- toYaml (dict "items" $items) -}}
{{- end -}}

{{/* Pods of a service over nodes and zones, and what users add; theirs replaces ours for the same key. As a YAML list. */}}
{{- define "orbisvoice.spread" -}}
{{- $extra := .values.topologySpreadConstraints | default list -}}
{{- $taken := list -}}
{{- range $extra }}{{ $taken = append $taken .topologyKey }}{{ end -}}
{{- if .spread }}
{{- range .values.topologySpread.topologyKeys }}
{{- if not (has . $taken) }}
- topologyKey: {{ . }}
  maxSkew: 1
  whenUnsatisfiable: {{ $.values.topologySpread.whenUnsatisfiable }}
  labelSelector:
    matchLabels:
      {{- include "orbisvoice.selectorLabels" (dict "root" $.root "component" $.component) | nindent 6 }}
  matchLabelKeys:
    - pod-template-hash
{{- end }}
{{- end }}
{{- end }}
{{- with $extra }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* "true" where the platform chooses uids and groups, as OpenShift does by its security context constraints. */}}
{{- define "orbisvoice.adaptSecurity" -}}
{{- $adapt := .Values.global.compatibility.openshift.adaptSecurityContext -}}
{{- if or (eq $adapt "force") (and (eq $adapt "auto") (.Capabilities.APIVersions.Has "security.openshift.io/v1")) -}}true{{- end -}}
{{- end -}}

{{/* Name of a pod's service account: root, component, values, account. Empty: the namespace's default. */}}
{{- define "orbisvoice.podAccount" -}}
{{- $own := .values.serviceAccount -}}
{{- if $own.name -}}{{ $own.name }}
{{- else if $own.create -}}{{ include "orbisvoice.fullname" .root }}-{{ .component }}
{{- else -}}{{ .account | default "" }}
{{- end -}}
{{- end -}}

{{/* The service account of one pod, where it has one of its own: root, component, values, and hook with a hook's annotations. */}}
{{- define "orbisvoice.ownAccount" -}}
{{- if .values.serviceAccount.create }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "orbisvoice.metadata" (dict "root" .root "component" .component "name" (include "orbisvoice.podAccount" .) "annotations" (merge (dict) .values.serviceAccount.annotations (.hook | default dict))) | nindent 2 }}
automountServiceAccountToken: false
{{- end }}
{{- end -}}

{{/*
The values of a pod that is no service: its own section over `defaults`: root, section (such as .Values.migrations), ends (it ends by
itself). A container of `defaults` that never ends would keep a Job from ending.
*/}}
{{- define "orbisvoice.podValues" -}}
{{- $defaults := omit (deepCopy .root.Values.defaults) "resources" "image" -}}
{{- if .ends }}{{ $defaults = omit $defaults "extraContainers" }}{{ end -}}
{{- mergeOverwrite $defaults (deepCopy .section) | toYaml -}}
{{- end -}}
