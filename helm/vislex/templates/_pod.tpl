{{/* What every pod of the chart has in common: who it runs as, and no token. */}}
{{- define "vislex.podBasics" -}}
serviceAccountName: {{ include "vislex.serviceAccount" . | quote }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  {{- with .Values.security.runAsUser }}
  runAsUser: {{ int64 . }}
  runAsGroup: {{ int64 . }}
  {{- end }}
  {{- with .Values.security.fsGroup }}
  fsGroup: {{ int64 . }}
  fsGroupChangePolicy: OnRootMismatch
  {{- end }}
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{- define "vislex.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{- define "vislex.smallResources" -}}
resources:
  requests:
    cpu: 100m
    memory: 128Mi
  limits:
    memory: 512Mi
{{- end -}}

{{/* Whether `helm test` has what the server asks of its callers: "true" or nothing. */}}
{{- define "vislex.canTest" -}}
{{- if or .Values.tests.secretName (not (or .Values.tls.enabled .Values.auth.secretName)) }}true{{ end -}}
{{- end -}}
