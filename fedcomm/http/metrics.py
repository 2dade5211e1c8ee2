"""The figures of this process, and of the queues, in Prometheus's form."""

import os
from collections.abc import Callable, Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from fedcomm.jobs.backlog import Backlog
from fedcomm.jobs.steering import PeerStatus

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Counters of one process. With several web processes they are added up through PROMETHEUS_MULTIPROC_DIR."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._of_kind: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._requests = Counter(
            "fedcomm_requests", "Answered requests", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "fedcomm_request_seconds", "Time to answer", ("route",), buckets=SECONDS, registry=self._registry
        )

        self._work = Counter("fedcomm_work", "Pieces of work that ended", ("queue", "outcome"), registry=self._registry)

    def work(self, queue: str, outcome: str) -> None:
        """Count one try at a delivery, a consequence or an activity."""
        self._work.labels(queue, outcome).inc()

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        key = (method, route, status // 100)
        of_kind = self._of_kind.get(key)
        if of_kind is None:
            of_kind = self._requests.labels(method, route, f"{status // 100}xx"), self._seconds.labels(route)
            self._of_kind[key] = of_kind
        of_kind[0].inc()
        of_kind[1].observe(seconds)

    def render(self, queues: Iterable[Backlog], peers: Iterable[PeerStatus] = ()) -> tuple[bytes, str]:
        """All figures, and their media type. Those of queues and peers are the same in every process."""
        registry = CollectorRegistry()
        waiting = Gauge("fedcomm_queue_waiting", "What waits", ("queue",), registry=registry)
        failed = Gauge("fedcomm_queue_failed", "What was given up", ("queue",), registry=registry)
        oldest = Gauge(
            "fedcomm_queue_oldest_due_timestamp_seconds", "Since when the oldest is due", ("queue",), registry=registry
        )
        success = Gauge(
            "fedcomm_queue_last_success_timestamp_seconds", "When work last succeeded", ("queue",), registry=registry
        )
        for each in queues:
            waiting.labels(each.queue).set(each.waiting)
            failed.labels(each.queue).set(each.failed)
            oldest.labels(each.queue).set(each.oldest_due_at.timestamp() if each.oldest_due_at else 0)
            success.labels(each.queue).set(each.succeeded_at.timestamp() if each.succeeded_at else 0)
        _tell_peers(registry, peers)
        counters = self._registry
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            counters = CollectorRegistry()
            MultiProcessCollector(counters)  # adds itself
        return generate_latest(counters) + generate_latest(registry), CONTENT_TYPE


def _tell_peers(registry: CollectorRegistry, peers: Iterable[PeerStatus]) -> None:
    """How sending to each of these peers stands."""
    told: dict[str, tuple[str, Callable[[PeerStatus], float]]] = {
        "fedcomm_peer_waiting": ("Deliveries that wait for a peer", lambda peer: peer.waiting),
        "fedcomm_peer_failed": ("Deliveries to a peer that were given up", lambda peer: peer.failed),
        "fedcomm_peer_oldest_timestamp_seconds": (
            "When the oldest delivery that waits for a peer was made",
            lambda peer: _seconds(peer.oldest_at),
        ),
        "fedcomm_peer_failing_since_timestamp_seconds": (
            "Since when a peer fails; 0 when it does not",
            lambda peer: _seconds(peer.failing_since),
        ),
        "fedcomm_peer_last_success_timestamp_seconds": (
            "When a peer last took something",
            lambda peer: _seconds(peer.last_success_at),
        ),
        "fedcomm_peer_paused": ("1 while nothing is sent to a peer", lambda peer: float(peer.paused_at is not None)),
    }
    gauges = {name: Gauge(name, words, ("peer",), registry=registry) for name, (words, _) in told.items()}
    for peer in peers:
        for name, (_, value) in told.items():
            gauges[name].labels(peer.authority).set(value(peer))


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at is not None else 0.0
