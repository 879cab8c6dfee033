{{/*
What is asked of the cluster itself while Helm renders. `helm template`, and with it Argo CD, has none to ask: nothing is refused and
nothing made up then, and the manifests are the same every time.
*/}}

{{/* "true" when `lookup` has a cluster behind it. Every namespace has that account; one that Helm is about to create has nothing yet. */}}
{{- define "orbisvoice.clusterAnswers" -}}
{{- if lookup "v1" "ServiceAccount" .Release.Namespace "default" -}}true
{{- else if lookup "v1" "Namespace" "" "kube-system" -}}true
{{- end -}}
{{- end -}}

{{/* The Secrets of others that credentials are in: their names, and per name the keys and the value that names it. As YAML. */}}
{{- define "orbisvoice.namedSecrets" -}}
{{- $named := dict -}}
{{- range $path, $_ := include "orbisvoice.credentials" . | fromYaml -}}
{{- $source := include "orbisvoice.credentialSource" (dict "root" $ "path" $path) -}}
{{- $credential := include "orbisvoice.credentialAt" (dict "root" $ "path" $path) | fromYaml -}}
{{- $value := printf "%s.existingSecret" $path -}}
{{- $name := $credential.existingSecret -}}
{{- if eq $source "common" }}{{ $name = $.Values.secrets.existingSecret }}{{ $value = "secrets.existingSecret" }}{{ end -}}
{{- if has $source (list "existing" "common") -}}
{{- $keys := get $named $name | default dict -}}
{{- $_ := set $named $name (set $keys $credential.key $value) -}}
{{- end -}}
{{- end -}}
{{- toYaml $named -}}
{{- end -}}

{{/* What these Secrets hold, as a checksum: a pod whose credentials have changed is replaced by the next upgrade. root. */}}
{{- define "orbisvoice.namedSecretsChecksum" -}}
{{- $held := dict -}}
{{- range $name, $keys := include "orbisvoice.namedSecrets" . | fromYaml -}}
{{- $data := (lookup "v1" "Secret" $.Release.Namespace $name | default dict).data | default dict -}}
{{- range $key, $_ := $keys }}{{ $_ := set $held (printf "%s/%s" $name $key) (get $data $key) }}{{ end -}}
{{- end -}}
{{- toYaml $held | sha256sum -}}
{{- end -}}

{{- define "orbisvoice.validate.cluster" -}}
{{- if include "orbisvoice.clusterAnswers" . }}
{{- $without := list }}
{{- range $key := append (keys (include "orbisvoice.services" . | fromYaml)) "pgbouncer" | sortAlpha }}
{{- $image := (include "orbisvoice.componentValues" (dict "root" $ "key" $key) | fromYaml).image | default dict }}
{{- if not (or $.Values.global.imageRegistry $.Values.image.registry $image.registry) }}{{ $without = append $without $key }}{{ end }}
{{- end }}
{{- if $without }}
- image.registry is not set, and nobody publishes OrbisVoice's images ({{ join ", " $without }}): build and push them (`npm run images -- --registry REGISTRY`, then push; docs/images.md), and set image.registry to REGISTRY.
{{- end }}
{{- if .Values.secrets.check }}
{{- range $name, $keys := include "orbisvoice.namedSecrets" . | fromYaml }}
{{- $secret := lookup "v1" "Secret" $.Release.Namespace $name }}
{{- if not $secret }}
- {{ keys $keys | sortAlpha | first | get $keys }} names the Secret {{ $name }}, and there is none in {{ $.Release.Namespace }}: create it with {{ keys $keys | sortAlpha | join ", " }}, or set secrets.check to false if it comes later.
{{- else }}
{{- range $key, $value := $keys }}
{{- if not (get ($secret.data | default dict) $key) }}
- {{ $value }} names the Secret {{ $name }}, which has no {{ $key }}: add it, or set the credential's key to the one that it has.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
