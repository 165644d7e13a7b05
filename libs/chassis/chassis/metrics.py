"""What is counted (Prometheus). Labels are names from the contract, never ids."""

from prometheus_client import Counter, Gauge, Histogram

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10)

RPC_SECONDS = Histogram("rpc_duration_seconds", "Time one RPC took", ["rpc", "outcome"], buckets=_BUCKETS)
IDEMPOTENT_REPLAYS = Counter("idempotent_replays_total", "Writes answered from an earlier answer", ["rpc"])
TRANSACTION_RETRIES = Counter("transaction_retries_total", "Runs repeated after a deadlock or the like", ["rpc"])
EVENTS_PUBLISHED = Counter("events_published_total", "Events handed to JetStream", ["service"])
EVENTS_WAITING = Gauge("events_waiting", "Events in the outbox that JetStream does not have yet", ["service"])
EVENTS_HEARD = Counter("events_heard_total", "Events handled", ["consumer", "outcome"])
EVENT_LAG_SECONDS = Histogram(
    "event_lag_seconds", "From an event's commit to its effect", ["consumer"], buckets=_BUCKETS
)
TICKS = Counter("ticks_total", "Clock ticks worked", ["timer", "outcome"])
REQUESTS_REFUSED = Counter("requests_refused_total", "Requests over a rate limit", ["limit"])
