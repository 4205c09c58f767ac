{{/* What several templates say alike. `service` and `role` are given beside the root. */}}

{{- define "registan.name" -}}
{{ .root.Release.Name }}-{{ .service }}-{{ .role }}
{{- end }}

{{- define "registan.selector" -}}
app.kubernetes.io/name: registan
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .service }}
registan/role: {{ .role }}
{{- end }}

{{- define "registan.labels" -}}
app.kubernetes.io/name: registan
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "registan.port" -}}
{{ get (dict "registry" 8001 "reporting" 8002 "notifications" 8003) . }}
{{- end }}

{{- define "registan.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* What no process needs, none has: no rights, no writable disk but /tmp, no token of the cluster. */}}
{{- define "registan.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- end }}

{{- define "registan.container" -}}
image: {{ include "registan.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
resources: {{ toJson .Values.resources }}
{{- with .Values.envFrom }}
envFrom: {{ toJson . }}
{{- end }}
{{- end }}

{{/* How a principal reaches Kafka. */}}
{{- define "registan.kafka" -}}
{{- with .root.Values.kafka }}
- {name: REGISTAN_KAFKA_BOOTSTRAP_SERVERS, value: {{ .bootstrapServers | quote }}}
- {name: REGISTAN_KAFKA_SECURITY_PROTOCOL, value: {{ .securityProtocol }}}
- {name: REGISTAN_TOPIC_PREFIX, value: {{ .topicPrefix | quote }}}
{{- if hasPrefix "SASL" .securityProtocol }}
- {name: REGISTAN_KAFKA_SASL_MECHANISM, value: {{ .mechanism }}}
- {name: REGISTAN_KAFKA_USERNAME, value: {{ .userPrefix }}{{ $.principal }}}
- name: REGISTAN_KAFKA_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ .userPrefix }}{{ $.principal }}, key: {{ .passwordKey }}}}
{{- end }}
{{- if include "registan.verifies-kafka" $ }}
- {name: REGISTAN_KAFKA_CA_FILE, value: /etc/registan/kafka/{{ .authority.key }}}
{{- end }}
{{- end }}
{{- end }}

{{- define "registan.verifies-kafka" -}}
{{- if and .root.Values.kafka.authority (hasSuffix "SSL" .root.Values.kafka.securityProtocol) }}yes{{ end }}
{{- end }}

{{- define "registan.kafka-authority" }}
{{- if include "registan.verifies-kafka" . }}
{{- with .root.Values.kafka.authority }}
- name: kafka-authority
  secret: {secretName: {{ .secret }}, items: [{key: {{ .key }}, path: {{ .key }}}]}
{{- end }}
{{- end }}
{{- end }}

{{/* A service's own database. */}}
{{- define "registan.database" -}}
{{- $own := get .root.Values.databases .service }}
- name: REGISTAN_{{ .service | upper }}_DATABASE_URL
  valueFrom: {secretKeyRef: {name: {{ $own.secret }}, key: {{ $own.key }}}}
{{- with .root.Values.databases.authority }}
- {name: PGSSLROOTCERT, value: /etc/registan/database/{{ .key }}}
{{- end }}
{{- end }}

{{- define "registan.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: keys, mountPath: /etc/registan/keys, readOnly: true}
{{- with .root.Values.databases.authority }}
- {name: database-authority, mountPath: /etc/registan/database, readOnly: true}
{{- end }}
{{- if include "registan.verifies-kafka" . }}
- {name: kafka-authority, mountPath: /etc/registan/kafka, readOnly: true}
{{- end }}
{{- end }}

{{- define "registan.volumes" -}}
- {name: tmp, emptyDir: {sizeLimit: 256Mi}}
- name: keys
  secret:
    secretName: {{ .root.Values.keys.secret }}
    defaultMode: 0440
    items:
      - {key: session-public-key.pem, path: session-public-key.pem}
      - {key: metrics-token, path: metrics-token}
      {{- if eq .service "registry" }}
      - {key: session-private-key.pem, path: session-private-key.pem}
      - {key: person-key-secret, path: person-key-secret}
      {{- end }}
{{- with .root.Values.databases.authority }}
- name: database-authority
  secret: {secretName: {{ get . $.service }}, items: [{key: {{ .key }}, path: {{ .key }}}]}
{{- end }}
{{- include "registan.kafka-authority" . }}
{{- end }}
