{{- /* As deploy/node.toml, whose comments say why; paths are those in the pod. */ -}}
{{- define "node.toml" -}}
{{- $jurisdiction := include "node.jurisdiction" . -}}
{{- $code := lower $jurisdiction -}}
{{- $tokens := .Values.keys.tokens -}}
jurisdiction = {{ $jurisdiction | toJson }}
mode         = "production"
listen       = "0.0.0.0:7443"
observe      = "127.0.0.1:9464"
database     = {{ include "node.databaseUrl" . | toJson }}
log_level    = {{ .Values.logLevel | toJson }}
{{- with .Values.protocolVersion }}
protocol_version = {{ int . }}
{{- end }}

[keys]
passphrase = "env:PORTABILITY_PASSPHRASE"
{{- range (ternary (list "node" "log" "witness" "wrapping") (list "node" "log" "wrapping") .Values.keys.witness) }}
{{ . }} = {{ get $tokens . | default (printf "/run/secrets/%s_%s_key" $code .) | toJson }}
{{- end }}
index = "/run/secrets/{{ $code }}_index_key"

[tls]
certificate = "/etc/portability/certificate.pem"
key         = "/run/secrets/{{ $code }}_tls_key"
ca          = "/etc/portability/ca.pem"

[directory]
file      = "/etc/portability/directory.json"
root_keys = {{ required "directory.rootKeys is missing: list the public root keys that sign the directory, 64 hex digits each" .Values.directory.rootKeys | toJson }}
threshold = {{ required "directory.threshold is missing: say how many root keys sign the directory" (int .Values.directory.threshold | default "") }}

[agreements]
require_signed = {{ .Values.requireSignedAgreements }}
{{- with .Values.agreementsFolder }}
folder = {{ toJson . }}
{{- end }}

[erasure]
folder       = "/var/lib/portability/erasure"
batch_hours  = {{ int .Values.erasure.batchHours }}
answer_days  = {{ int .Values.erasure.answerDays }}
{{- range .Values.erasure.retention }}

[[erasure.retention]]
kind     = {{ .kind | toJson }}
years    = {{ int .years }}
citation = {{ .citation | toJson }}
{{- end }}

[withdrawal]
url    = {{ required "withdrawal.url is missing: every consent tells the person where to take it back" .Values.withdrawal.url | toJson }}
phone  = {{ required "withdrawal.phone is missing: every consent tells the person where to take it back" .Values.withdrawal.phone | toJson }}
office = {{ required "withdrawal.office is missing: every consent tells the person where to take it back" .Values.withdrawal.office | toJson }}
{{- with .Values.passkeys }}

[passkeys]
relying_party_id = {{ .relyingPartyId | toJson }}
name             = {{ .name | toJson }}
origins          = {{ .origins | toJson }}
{{- end }}
{{- with .Values.answers }}

[answers]
{{- if hasKey . "leastMilliseconds" }}
least_milliseconds = {{ int .leastMilliseconds }}
{{- end }}
{{- if hasKey . "mostMilliseconds" }}
most_milliseconds = {{ int .mostMilliseconds }}
{{- end }}
{{- end }}

[limits]
message_bytes    = {{ int64 .Values.limits.messageBytes }}
call_seconds     = {{ int .Values.limits.callSeconds }}
stream_seconds   = {{ int .Values.limits.streamSeconds }}
calls_per_second = {{ int .Values.limits.callsPerSecond }}
burst            = {{ int .Values.limits.burst }}
concurrent_calls = {{ int .Values.limits.concurrentCalls }}
{{ end }}
