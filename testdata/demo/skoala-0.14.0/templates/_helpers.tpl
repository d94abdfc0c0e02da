{{/* The reference of an image: registry, repository, tag. */}}
{{- define "skoala.image" -}}
{{- printf "%s/%s:%s" .global.imageRegistry .image.repository .image.tag -}}
{{- end -}}

{{- define "skoala.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}
