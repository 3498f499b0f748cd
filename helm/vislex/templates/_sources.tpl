{{/* Where models and galleries come from: a folder of the image, a claim, or a download. */}}

{{/* A file's place: an image's own folder, or a mount. */}}
{{- define "vislex.modelsPath" -}}
{{- if and (eq .source "image") (not (dig "image" "reference" "" .)) -}}
{{ .image.path }}
{{- else -}}
/models
{{- end -}}
{{- end -}}

{{- define "vislex.galleryPath" -}}
{{- if and (eq .source "image") (not (dig "image" "reference" "" .)) -}}
{{ .image.path }}
{{- else -}}
/galleries/{{ .name }}
{{- end -}}
{{- end -}}

{{/* Volume of models or a gallery, nothing where the server's image holds them:
     dict "name" "from" (a source and its fields). */}}
{{- define "vislex.sourceVolume" -}}
{{- if eq .from.source "pvc" }}
- name: {{ toJson .name }}
  persistentVolumeClaim:
    claimName: {{ .from.pvc.claimName | quote }}
    readOnly: true
{{- else if or (eq .from.source "objectStorage") (dig "image" "reference" "" .from) }}
- name: {{ toJson .name }}
  emptyDir: {}
{{- end }}
{{- end -}}

{{/* Its mount in the server, read-only: dict "name" "from" "path". */}}
{{- define "vislex.sourceMount" -}}
{{- if or (ne .from.source "image") (dig "image" "reference" "" .from) }}
- name: {{ toJson .name }}
  mountPath: {{ toJson .path }}
  readOnly: true
  {{- if and (eq .from.source "pvc") (dig "pvc" "subPath" "" .from) }}
  subPath: {{ .from.pvc.subPath | quote }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* The init container that fills it, and for a gallery that is refreshed the sidecar beside it:
     dict "root" "name" "kind" (models, gallery) "from". */}}
{{- define "vislex.sourceInit" -}}
{{- $filled := dict "root" .root "name" .name -}}
{{- if eq .from.source "objectStorage" }}
{{- $storage := .from.objectStorage }}
{{- $command := list "/bin/sh" "/scripts/fetch.sh" .kind $storage.url "/data" (get $storage (ternary "sha256" "manifestSha256" (eq .kind "models")) | default "") }}
- name: "fetch-{{ .name }}"
  command: {{ toJson $command }}
  {{- include "vislex.fetcher" (merge (dict "secretName" $storage.secretName) $filled) | nindent 2 }}
{{- if $storage.refreshSeconds }}
- name: "refresh-{{ .name }}"
  restartPolicy: Always # a sidecar: runs beside the server
  command: {{ append $command ($storage.refreshSeconds | int | toString) | toJson }}
  {{- include "vislex.fetcher" (merge (dict "secretName" $storage.secretName) $filled) | nindent 2 }}
{{- end }}
{{- else if and (eq .from.source "image") (dig "image" "reference" "" .from) }}
- name: "copy-{{ .name }}"
  image: {{ .from.image.reference | quote }}
  imagePullPolicy: {{ toJson .root.Values.image.pullPolicy }}
  command: [cp, -R, {{ printf "%s/." .from.image.path | quote }}, /data/]
  volumeMounts:
    - name: {{ toJson .name }}
      mountPath: /data
  {{- include "vislex.containerSecurity" .root | nindent 2 }}
  {{- include "vislex.smallResources" .root | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The rest of a download's container: dict "root" "name" "secretName". */}}
{{- define "vislex.fetcher" -}}
image: {{ include "vislex.reference" (dict "image" .root.Values.fetcher "tag" "") | quote }}
imagePullPolicy: {{ toJson .root.Values.image.pullPolicy }}
env:
  - name: HOME # rclone looks for its configuration and cache there
    value: /tmp
{{- with .secretName }}
envFrom:
  - secretRef:
      name: {{ . | quote }}
{{- end }}
volumeMounts:
  - name: {{ toJson .name }}
    mountPath: /data
  - name: scripts
    mountPath: /scripts
    readOnly: true
  - name: tmp
    mountPath: /tmp
{{ include "vislex.containerSecurity" .root }}
{{ include "vislex.smallResources" .root }}
{{- end -}}

{{/* Whether anything is downloaded: "true" or nothing. */}}
{{- define "vislex.downloads" -}}
{{- range append .Values.galleries .Values.models -}}
{{- if eq .source "objectStorage" }}true{{ end -}}
{{- end -}}
{{- end -}}

{{/* All of the above for the server: models first, then the galleries. */}}
{{- define "vislex.inits" -}}
{{- include "vislex.sourceInit" (dict "root" . "name" "models" "kind" "models" "from" .Values.models) -}}
{{- range .Values.galleries -}}
{{- include "vislex.sourceInit" (dict "root" $ "name" (printf "gallery-%s" .name) "kind" "gallery" "from" .) -}}
{{- end -}}
{{- end -}}

{{- define "vislex.sourceMounts" -}}
{{- include "vislex.sourceMount" (dict "name" "models" "from" .Values.models "path" (include "vislex.modelsPath" .Values.models)) -}}
{{- range .Values.galleries -}}
{{- include "vislex.sourceMount" (dict "name" (printf "gallery-%s" .name) "from" . "path" (include "vislex.galleryPath" .)) -}}
{{- end -}}
{{- end -}}

{{- define "vislex.sourceVolumes" -}}
{{- include "vislex.sourceVolume" (dict "name" "models" "from" .Values.models) -}}
{{- range .Values.galleries -}}
{{- include "vislex.sourceVolume" (dict "name" (printf "gallery-%s" .name) "from" .) -}}
{{- end -}}
{{- end -}}
