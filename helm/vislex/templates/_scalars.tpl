{{/* Values as YAML that is read as what they are. A bare word may be read as a number, a switch or
     a map (`1e6`, `0123`, `yes`, `null`, `::`), and a whole number from a file of values is printed
     as 2e+07. `toJson` has neither fault, and is YAML: it writes every value of these templates. */}}

{{/* A scalar as text: a string as it is, a number with all of its digits. */}}
{{- define "vislex.text" -}}
{{- kindIs "string" . | ternary . (toJson .) -}}
{{- end -}}

{{/* A flag of a command line and its value, quoted: list "name" value. */}}
{{- define "vislex.flag" -}}
{{- printf "--%s=%s" (first .) (include "vislex.text" (last .)) | quote -}}
{{- end -}}

{{/* The lines of a map or a list, each value in JSON. */}}
{{- define "vislex.lines" -}}
{{- $lines := list -}}
{{- if kindIs "map" . -}}
{{- range $key, $value := . -}}
{{- $lines = append $lines (printf "%s: %s" (toJson $key) (toJson $value)) -}}
{{- end -}}
{{- else -}}
{{- range . -}}
{{- $lines = append $lines (printf "- %s" (toJson .)) -}}
{{- end -}}
{{- end -}}
{{- join "\n" $lines -}}
{{- end -}}
