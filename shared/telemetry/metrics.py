"""The catalogue of metrics: every number that operations can watch, with its type, unit, labels and meaning.

Names follow Prometheus: prefix `registan_`, base units, `_total` only for counters. A label never holds anything about
a person. Figures about activities are gauges, because counts go down as well as up.

What rises when somebody is registered, told or read about counts people, if only between two looks: an event of a
participant, a mail, a request. Such a metric belongs to `COUNTS`, which `/metrics` shows to holders of its token alone.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter that nobody asks for

COUNTS = CollectorRegistry()

_LATENCY = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

build_info = Gauge("registan_build_info", "1, with the version that runs as a label.", ["version"])
ready = Gauge(
    "registan_ready", "1 while the process can do its work and is not leaving: what /readyz says.", ["service"]
)
events_published = Counter(
    "registan_events_published_total", "Events that Kafka has acknowledged.", ["service", "topic"], registry=COUNTS
)
publish_failures = Counter(
    "registan_publish_failures_total", "Batches that Kafka did not take; they are sent again.", ["service"]
)
events_consumed = Counter(
    "registan_events_consumed_total",
    "Records taken from Kafka, by what became of them.",
    ["group", "topic", "outcome"],
    registry=COUNTS,
)
events_dead = Counter(
    "registan_events_dead_total",
    "Records put on a dead-letter topic, by reason.",
    ["group", "topic", "reason"],
    registry=COUNTS,
)
consumer_retries = Counter(
    "registan_consumer_retries_total",
    "Batches that wait because database, network or dead-letter topic are away.",
    ["group"],
)
consumer_paused = Gauge("registan_consumer_paused", "1 while the flood guard keeps a consumer stopped.", ["group"])
consumer_waiting = Gauge("registan_consumer_waiting", "1 while a batch waits to be tried again.", ["group"])
consumer_lag = Gauge(
    "registan_consumer_lag_records",
    "Records between the group's position and the end.",
    ["group", "topic", "partition"],
    registry=COUNTS,
)
consumer_lag_seconds = Gauge(
    "registan_consumer_lag_seconds",
    "For how long records have been waiting without a moment in which all were read; 0 when none are.",
    ["group", "topic", "partition"],
)
applied_after = Histogram(
    "registan_event_applied_seconds",
    "From the moment an event happened to its effect being committed.",
    ["group", "topic"],
    buckets=_LATENCY,
    registry=COUNTS,
)
batch_size = Histogram(
    "registan_batch_records",
    "Records per batch.",
    ["group"],
    buckets=(1, 2, 5, 10, 50, 100, 500, 1000, 5000),
    registry=COUNTS,
)
outbox_depth = Gauge(
    "registan_outbox_depth", "Events written and not yet acknowledged by Kafka.", ["service"], registry=COUNTS
)
outbox_age = Gauge("registan_outbox_oldest_seconds", "Age of the oldest event in the outbox.", ["service"])
relay_active = Gauge("registan_relay_active", "1 in the process that publishes for its service.", ["service"])
database_pool = Gauge("registan_database_connections", "Connections of the pool: in-use, idle.", ["service", "state"])
http_requests = Histogram(
    "registan_http_request_seconds",
    "Time to answer, by route and status.",
    ["service", "method", "route", "status"],
    buckets=_LATENCY,
    registry=COUNTS,
)
deliveries = Gauge("registan_deliveries", "Deliveries by state.", ["state", "channel"], registry=COUNTS)
mails_sent = Counter(
    "registan_mails_sent_total", "Mails that the mail server has accepted.", ["template"], registry=COUNTS
)
mail_failures = Counter(
    "registan_mail_failures_total", "Attempts the mail server refused, by kind.", ["kind"], registry=COUNTS
)
sending_held = Gauge("registan_sending_held", "1 while all sending is held by the switch.")
figure = Gauge(
    "registan_figure",
    "A published figure by its counting rule, without filters.",
    ["programme", "rule"],
    registry=COUNTS,
)
