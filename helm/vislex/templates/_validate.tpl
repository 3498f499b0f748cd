{{/* What the schema cannot see: values that do not go together. All complaints are told at once,
     each a sentence that says what to change. */}}
{{- define "vislex.validate" -}}
{{- $complaints := list -}}
{{- range list "Scaling" "Models" "Galleries" "Hardware" "Access" "Monitoring" "Publish" -}}
{{- $complaints = concat $complaints (include (printf "vislex.complaints%s" .) $ | fromJsonArray) -}}
{{- end -}}
{{- if $complaints -}}
{{- fail (printf "\n\nThese values do not go together:\n  - %s\n" (join "\n  - " $complaints)) -}}
{{- end -}}
{{- end -}}

{{- define "vislex.complaintsScaling" -}}
{{- $found := list -}}
{{- with .Values.autoscaling -}}
{{- if and (ne .kind "none") (not (kindIs "invalid" $.Values.replicaCount)) -}}
{{- $found = append $found (printf "replicaCount is %v but autoscaling.kind is %s, which sets the replicas: remove replicaCount, or set autoscaling.kind to none." (include "vislex.text" $.Values.replicaCount) .kind) -}}
{{- end -}}
{{- if gt (int .minReplicas) (int .maxReplicas) -}}
{{- $found = append $found (printf "autoscaling.minReplicas (%v) is above maxReplicas (%v): raise maxReplicas or lower minReplicas." (include "vislex.text" .minReplicas) (include "vislex.text" .maxReplicas)) -}}
{{- end -}}
{{- if and (eq .kind "keda") (not .keda.serverAddress) -}}
{{- $found = append $found "autoscaling.kind is keda but no Prometheus is named: set autoscaling.keda.serverAddress, such as http://prometheus.monitoring:9090." -}}
{{- end -}}
{{- if and (eq .kind "hpa") (not .hpa.cpuPercent) (not .hpa.podsMetric) -}}
{{- $found = append $found "autoscaling.kind is hpa but there is nothing to scale on: set autoscaling.hpa.cpuPercent or autoscaling.hpa.podsMetric." -}}
{{- end -}}
{{- end -}}
{{- with .Values.updateStrategy -}}
{{- if and (has (toString .maxSurge) (list "0" "0%")) (has (toString .maxUnavailable) (list "0" "0%")) -}}
{{- $found = append $found "updateStrategy.maxSurge and maxUnavailable are both 0, so that no update could ever start: set one of them to 1 or more." -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* Of one source of models or a gallery: dict "where" "from". */}}
{{- define "vislex.complaintsSource" -}}
{{- $found := list -}}
{{- with .from -}}
{{- if and (eq .source "pvc") (not (dig "pvc" "claimName" "" .)) -}}
{{- $found = append $found (printf "%s comes from a pvc but no claim is named: set %s.pvc.claimName." $.where $.where) -}}
{{- end -}}
{{- if and (eq .source "objectStorage") (not (dig "objectStorage" "url" "" .)) -}}
{{- $found = append $found (printf "%s comes from objectStorage but has no address: set %s.objectStorage.url to an rclone path." $.where $.where) -}}
{{- end -}}
{{- if and (eq .source "image") (not (dig "image" "path" "" .)) -}}
{{- $found = append $found (printf "%s comes from an image but has no folder in it: set %s.image.path." $.where $.where) -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "vislex.complaintsModels" -}}
{{- $found := include "vislex.complaintsSource" (dict "where" "models" "from" .Values.models) | fromJsonArray -}}
{{- if and (eq .Values.models.source "objectStorage") (not .Values.models.objectStorage.sha256) -}}
{{- $found = append $found "models come from objectStorage without a checksum, and models are code: set models.objectStorage.sha256 to the SHA-256 of the SHA256SUMS file beside them." -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "vislex.complaintsGalleries" -}}
{{- $found := list -}}
{{- if not .Values.galleries -}}
{{- $found = append $found "there is no gallery to serve: add one to galleries with a name and a source (pvc, image or objectStorage)." -}}
{{- end -}}
{{- $names := list -}}
{{- range $index, $gallery := .Values.galleries -}}
{{- if has $gallery.name $names -}}
{{- $found = append $found (printf "two galleries are named %s: give galleries[%d] another name." $gallery.name $index) -}}
{{- end -}}
{{- $names = append $names $gallery.name -}}
{{- $found = concat $found (include "vislex.complaintsSource" (dict "where" (printf "galleries[%d]" $index) "from" $gallery) | fromJsonArray) -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "vislex.complaintsHardware" -}}
{{- $found := list -}}
{{- if and (eq .Values.models.platform "tensorrt") (not .Values.gpu.enabled) -}}
{{- $found = append $found "models.platform is tensorrt, which runs on GPUs only: set gpu.enabled to true, or export the repository for onnxruntime." -}}
{{- end -}}
{{- if and (eq .Values.models.platform "openvino") .Values.gpu.enabled -}}
{{- $found = append $found "models.platform is openvino, which leaves the GPU idle: set gpu.enabled to false, or export the repository for tensorrt." -}}
{{- end -}}
{{- $shm := include "vislex.bytes" .Values.shm.size | int64 -}}
{{- $neededMi := mul 96 .Values.shm.pythonInstances -}}
{{- if lt $shm (mul $neededMi 1048576) -}}
{{- $found = append $found (printf "shm.size is %v, but %v instances of Python models (shm.pythonInstances) need %dMi of /dev/shm: raise it to %dMi or more." (include "vislex.text" .Values.shm.size) (include "vislex.text" .Values.shm.pythonInstances) $neededMi $neededMi) -}}
{{- end -}}
{{- with dig "limits" "memory" "" .Values.resources -}}
{{- if le (include "vislex.bytes" . | int64) $shm -}}
{{- $found = append $found (printf "resources.limits.memory (%v) is not above shm.size (%v), which counts towards it: raise the limit or lower shm.size." (include "vislex.text" .) (include "vislex.text" $.Values.shm.size)) -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "vislex.complaintsAccess" -}}
{{- $found := list -}}
{{- if and .Values.tls.enabled (not .Values.tls.secretName) -}}
{{- $found = append $found "tls.enabled is true but no certificate is named: set tls.secretName to a secret of type kubernetes.io/tls." -}}
{{- end -}}
{{- if and .Values.tls.clientCaSecretName (not .Values.tls.enabled) -}}
{{- $found = append $found "tls.clientCaSecretName asks clients for certificates, which needs TLS: set tls.enabled to true." -}}
{{- end -}}
{{- with .Values.ingress -}}
{{- if and .enabled (or (not .host) (not .tlsSecretName)) -}}
{{- $found = append $found "the ingress has no host or no certificate, and controllers speak gRPC only over TLS: set ingress.host and ingress.tlsSecretName." -}}
{{- end -}}
{{- end -}}
{{- if and .Values.grpcRoute.enabled (not .Values.grpcRoute.parentRefs) -}}
{{- $found = append $found "the GRPCRoute is attached to nothing: name a Gateway in grpcRoute.parentRefs." -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "vislex.complaintsMonitoring" -}}
{{- $found := list -}}
{{- if and .Values.metrics.serviceMonitor.enabled .Values.metrics.podMonitor.enabled -}}
{{- $found = append $found "the metrics would be scraped twice, by a ServiceMonitor and by a PodMonitor: enable one of them." -}}
{{- end -}}
{{- if and .Values.loadtest.enabled (or .Values.tls.enabled .Values.auth.secretName) -}}
{{- $found = append $found "the load test shows neither certificates nor tokens: disable loadtest, or run it against a release without tls and auth." -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "vislex.complaintsPublish" -}}
{{- $found := list -}}
{{- if .Values.publish.enabled -}}
{{- $writable := dict -}}
{{- range .Values.galleries -}}
{{- if eq .source "pvc" -}}{{- $_ := set $writable .name . -}}{{- end -}}
{{- end -}}
{{- if not (hasKey $writable .Values.publish.gallery) -}}
{{- $found = append $found (printf "publish.gallery is %q, which is not a gallery on a claim, so nothing could be written: name one of galleries whose source is pvc." .Values.publish.gallery) -}}
{{- else if not (dig "pvc" "subPath" "" (get $writable .Values.publish.gallery)) -}}
{{- $found = append $found (printf "gallery %s fills its whole claim, and the builder keeps its work beside a gallery: set pvc.subPath of it to a folder." .Values.publish.gallery) -}}
{{- end -}}
{{- if and (eq .Values.models.platform "tensorrt") (not .Values.publish.models.pvc.claimName) -}}
{{- $found = append $found "publish builds without a GPU and cannot run TensorRT plans: set publish.models.pvc to an ONNX repository of the same checkpoint." -}}
{{- end -}}
{{- if not .Values.publish.images.claimName -}}
{{- $found = append $found "publish has no images to build from: set publish.images.claimName." -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}
