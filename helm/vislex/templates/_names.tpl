{{/* Names, labels and images. */}}

{{- define "vislex.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* 40 characters at most: suffixes such as `-allow-metrics` and those of pods follow. */}}
{{- define "vislex.fullname" -}}
{{- include "vislex.fullnameOf" (dict "root" . "release" .Release.Name) -}}
{{- end -}}

{{/* The name that a release of this chart gives its objects: dict "root" "release". */}}
{{- define "vislex.fullnameOf" -}}
{{- $name := include "vislex.name" .root -}}
{{- if .root.Values.fullnameOverride -}}
{{- .root.Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .release -}}
{{- .release | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .release $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What selects one component's pods: dict "root" "component" and, at will, "release". */}}
{{- define "vislex.selector" -}}
app.kubernetes.io/name: {{ include "vislex.name" .root | quote }}
app.kubernetes.io/instance: {{ toJson (.release | default .root.Release.Name) }}
app.kubernetes.io/component: {{ toJson .component }}
{{- end -}}

{{/* Labels of an object: dict "root" "component". */}}
{{- define "vislex.labels" -}}
{{ include "vislex.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ toJson .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | quote }}
{{- with .root.Values.commonLabels }}
{{ include "vislex.lines" . }}
{{- end }}
{{- end -}}

{{/* dict "image" (repository, tag, digest) "tag" (where the image names none). */}}
{{- define "vislex.reference" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .image.tag | default .tag }}
{{- end -}}
{{- end -}}

{{- define "vislex.image" -}}
{{- $variant := ternary "gpu" "cpu" .Values.gpu.enabled -}}
{{- include "vislex.reference" (dict "image" .Values.image "tag" (printf "%s-%s" .Chart.AppVersion $variant)) -}}
{{- end -}}

{{- define "vislex.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "vislex.fullname" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end -}}

{{/* PromQL labels of this release's server pods: `NAME-<replica set>-<five letters>`, so that those
     of a release whose name only begins the same do not count. */}}
{{- define "vislex.series" -}}
{{- printf "namespace=%q,pod=~%q" .Release.Namespace (printf "%s-[a-z0-9]+-[a-z0-9]{5}" (include "vislex.fullname" .)) -}}
{{- end -}}
