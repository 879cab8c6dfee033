{{/* TLS between services: one certificate, for both ends of every connection. */}}

{{- define "orbisvoice.internalTlsSecret" -}}
{{- .Values.internalTls.existingSecret | default (printf "%s-internal-tls" (include "orbisvoice.fullname" .)) -}}
{{- end -}}

{{- define "orbisvoice.tlsMount" -}}
{{- if .root.Values.internalTls.enabled }}
- name: internal-tls
  mountPath: /etc/orbisvoice/tls
  readOnly: true
{{- end }}
{{- end -}}

{{- define "orbisvoice.tlsVolume" -}}
{{- if .root.Values.internalTls.enabled }}
- name: internal-tls
  secret:
    secretName: {{ include "orbisvoice.internalTlsSecret" .root }}
    defaultMode: 0440
{{- end }}
{{- end -}}

{{- define "orbisvoice.tlsEnv" -}}
{{- if .root.Values.internalTls.enabled }}
- name: GRPC_TLS_CERT_FILE
  value: /etc/orbisvoice/tls/tls.crt
- name: GRPC_TLS_KEY_FILE
  value: /etc/orbisvoice/tls/tls.key
- name: GRPC_TLS_CA_FILE
  value: /etc/orbisvoice/tls/ca.crt
{{- end }}
{{- end -}}
