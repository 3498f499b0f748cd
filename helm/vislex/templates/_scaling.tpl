{{/* Up at once, by half or two pods, whichever is more; down slowly: models take long to load. */}}
{{- define "vislex.scalingBehavior" -}}
scaleUp:
  stabilizationWindowSeconds: 0
  selectPolicy: Max
  policies:
    - {type: Percent, value: 50, periodSeconds: 60}
    - {type: Pods, value: 2, periodSeconds: 60}
scaleDown:
  stabilizationWindowSeconds: {{ toJson .Values.autoscaling.scaleDownStabilizationSeconds }}
  policies:
    - {type: Percent, value: 25, periodSeconds: 120}
{{- end -}}
