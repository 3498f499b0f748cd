{{/* The ports of both Services. */}}
{{- define "vislex.servicePorts" -}}
ports:
  - name: grpc
    port: 8001
    targetPort: grpc
    appProtocol: {{ ternary "https" "kubernetes.io/h2c" .Values.tls.enabled }}
  - name: http
    port: 8000
    targetPort: http
  - name: metrics
    port: 8002
    targetPort: metrics
{{- end -}}
