from __future__ import annotations

import pytest

from django_github_app.observe.catalogue import COUNTED, LATENCY
from django_github_app.observe.samples import MOST_VALUES, OTHER, Counts

ONE_OF_EACH = [
    ("answer", "asgi", "accepted"),
    ("flush", "loop", 3, 0.002),
    ("published", "sync", 3),
    ("unpublished", 2),
    ("claim", "sync", 100, 97),
    ("callback", "app.handlers.label", "succeeded", 0.02, None),
    ("callback", "app.handlers.label", "retrying", 0.02, "ab" * 16),
    ("event", "sync", "done", 0.3, None),
    ("lane", 1),
    ("leases", 2, 1),
    ("sweep", 0.01, 5),
    ("github", "GET", "200", 0.1, None),
    ("budget", "installation", "core", 4000, 5000, 2_000_000_000.0),
    ("token",),
    ("retention", "archive", "done"),
    ("archive", 10_000),
    ("replayed", "digest"),
    ("overflow",),
]


def test_every_counted_metric_has_a_sample_that_counts_for_it() -> None:
    counts = Counts()
    counts.fold(ONE_OF_EACH, 1_900_000_000.0)
    seen = {name for name, _ in [*counts.counters, *counts.histograms, *counts.gauges]}
    assert seen == {metric.name for metric in COUNTED}


def test_what_is_counted_has_the_labels_of_the_catalogue() -> None:
    counts = Counts()
    counts.fold(ONE_OF_EACH, 0.0)
    labels = {metric.name: metric.labels for metric in COUNTED}
    for name, values in [*counts.counters, *counts.histograms, *counts.gauges]:
        assert len(values) == len(labels[name])


def test_claims_count_what_was_to_be_had_and_what_was_not() -> None:
    counts = Counts()
    counts.fold([("claim", "sync", 100, 97), ("claim", "sync", 5, 5)], 0.0)
    assert counts.counters["claimed_events", ("sync",)] == 102
    assert counts.counters["claim_misses", ("sync",)] == 3


def test_a_value_on_a_bound_belongs_below_it_and_one_above_all_bounds_to_the_last_bucket() -> None:
    counts = Counts()
    counts.fold([("event", "sync", "done", LATENCY[0], None), ("event", "sync", "done", 1e6, "f" * 32)], 7.0)
    histogram = counts.histograms["event_latency_seconds", ("sync",)]
    assert (histogram.counts[0], histogram.counts[-1], sum(histogram.counts)) == (1, 1, 2)
    assert histogram.exemplars == {len(LATENCY): ("f" * 32, 1e6, 7.0)}
    assert counts.rollups["latency", "inf"] == [1, 1e6]


def test_a_label_that_has_ever_new_values_is_bounded_in_metrics_and_in_rollups() -> None:
    counts = Counts()
    counts.fold([("callback", f"app.handler_{i}", "succeeded", 0.1, None) for i in range(1000)], 0.0)
    assert len({labels for name, labels in counts.counters if name == "callbacks"}) == MOST_VALUES + 1
    assert counts.counters["callbacks", (OTHER, "succeeded")] == 1000 - MOST_VALUES
    assert counts.rollups["callbacks", OTHER][0] == 1000 - MOST_VALUES
    assert len(counts.rollups) <= MOST_VALUES + 1


def test_of_a_rate_limit_the_account_with_least_counts_until_its_window_ends() -> None:
    counts = Counts()
    key = ("github_rate_remaining_ratio", ("installation", "core"))
    counts.fold([("budget", "installation", "core", 500, 5000, 100.0)], 50.0)
    counts.fold([("budget", "installation", "core", 4500, 5000, 200.0)], 60.0)
    assert counts.gauges[key] == (0.1, 100.0)
    counts.fold([("budget", "installation", "core", 4500, 5000, 200.0)], 101.0)
    assert counts.gauges[key] == (0.9, 200.0)


def test_what_could_not_be_written_is_given_back_and_added_to_what_came_since() -> None:
    counts = Counts()
    counts.fold([("event", "sync", "done", 1.0, None)], 0.0)
    taken = counts.take_rollups()
    assert counts.take_rollups() == {}
    counts.fold([("event", "sync", "done", 2.0, None)], 0.0)
    counts.give_back(taken)
    assert counts.take_rollups()["events", "done"] == [2, 3.0]


@pytest.mark.parametrize("sample", [("unknown", 1), ("",)])
def test_a_sample_that_nobody_knows_is_left_alone(sample: tuple[object, ...]) -> None:
    counts = Counts()
    counts.fold([sample], 0.0)
    assert not counts.counters
