{{/* Labels and annotations of an alert: dict "root" "alert" "severity" "summary" "description". */}}
{{- define "vislex.alertText" -}}
labels:
  severity: {{ toJson .severity }}
annotations:
  summary: {{ printf "%s: %s" (include "vislex.fullname" .root) .summary | quote }}
  description: {{ .description | quote }}
  {{- with .root.Values.metrics.prometheusRule.runbookUrl }}
  runbook_url: {{ print . $.alert | quote }}
  {{- end }}
{{- end -}}
