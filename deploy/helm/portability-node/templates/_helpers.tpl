{{- define "node.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{- define "node.selector" -}}
app.kubernetes.io/name: portability-node
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "node.labels" -}}
{{ include "node.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "node.jurisdiction" -}}
{{- required "jurisdiction is missing: give the two capital letters of the node's jurisdiction, such as FR" .Values.jurisdiction -}}
{{- end }}

{{- define "node.image" -}}
{{- $repository := required "image.repository is missing: name where the image built from deploy/Containerfile is" .Values.image.repository -}}
{{- $digest := required "image.digest is missing: give the sha256: digest of the image, so that what runs is what was tested" .Values.image.digest -}}
{{- $repository }}@{{ $digest }}
{{- end }}

{{- /* Whether the database is PostgreSQL: "yes" or nothing. Refuses what does not fit together. */ -}}
{{- define "node.postgresql" -}}
{{- $kind := required "database.kind is missing: say sqlite, or postgresql for several processes" .Values.database.kind -}}
{{- if eq $kind "postgresql" -}}
yes
{{- else if gt (int .Values.replicas) 1 -}}
{{- fail "replicas must be 1 on sqlite, whose file one process has alone: set replicas to 1, or database.kind to postgresql" -}}
{{- end -}}
{{- end }}

{{- define "node.databaseUrl" -}}
{{- if include "node.postgresql" . -}}
{{- $url := required "database.url is missing: give postgresql+asyncpg://USER@HOST:5432/NAME, without the password" .Values.database.url -}}
{{- if regexMatch "://[^@/]*:[^@/]*@" $url -}}
{{- fail "database.url must hold no password: put it into the Secret that database.passfileSecret names" -}}
{{- end -}}
{{- $url -}}
{{- else -}}
sqlite+aiosqlite:////var/lib/portability/database/node.db
{{- end -}}
{{- end }}

{{- define "node.exec" -}}
exec:
  command: [python, -I, -S, -c, "import urllib.request as r; r.urlopen('http://127.0.0.1:9464/{{ . }}', timeout=6)"]
{{- end }}

{{- define "node.containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
capabilities:
  drop: [ALL]
{{- end }}

{{- define "node.mounts" -}}
- {name: config, mountPath: /etc/portability, readOnly: true}
- {name: secrets, mountPath: /run/secrets}
- {name: erasure, mountPath: /var/lib/portability/erasure}
- {name: tmp, mountPath: /tmp}
{{- if not (include "node.postgresql" .) }}
- {name: database, mountPath: /var/lib/portability/database}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "node.claim" -}}
accessModes: [ReadWriteOnce]
{{- with .storageClass }}
storageClassName: {{ . }}
{{- end }}
resources:
  requests:
    storage: {{ .size }}
{{- end }}
