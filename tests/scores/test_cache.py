"""Scores on disk are those that are computed, and a damaged or foreign file is never read as a score."""

import os
import time
from dataclasses import replace

import numpy as np
import pytest

from bench.scores import cache, interval
from bench.scores.cache import FOLDER, scores_kept_in
from bench.scores.ceiling import ceiling
from bench.scores.difference import paired_differences
from bench.scores.interval import bootstraps
from bench.scores.kept import UNUSED
from bench.scores.metrics import METRICS
from bench.scores.once import forget
from bench.scores.score_run import Scored
from bench.scores.seeds import intervals_over_seeds
from bench.scores.size import size_metrics

RNG = np.random.default_rng(0)
TRUTH = RNG.normal(90, 2, size=40)
FIRST, SECOND = TRUTH + RNG.normal(size=(3, 40)), TRUTH + RNG.normal(size=(3, 40))
SIZE = RNG.integers(9, size=40).astype(float)
TAU = METRICS.get("kendall-tau-b")
METRICS_USED = [TAU, METRICS.get("top-n-trend"), METRICS.get("regret"), *size_metrics(SIZE)]


def alone(metrics=METRICS_USED, prediction=FIRST[0], resamples=20):
    return bootstraps(metrics, prediction, TRUTH, resamples=resamples)


def over_seeds():
    runs = [Scored(prediction=one, truth=TRUTH, inside=np.ones(40, dtype=bool)) for one in FIRST]
    return intervals_over_seeds(runs, METRICS_USED, resamples=20)


def differences():
    return paired_differences(FIRST, SECOND, TRUTH, METRICS_USED, resamples=20)


def of_the_truth():
    return ceiling(np.stack([TRUTH, *FIRST], axis=1), METRICS_USED, resamples=20)


COMPUTATIONS = (alone, over_seeds, differences, of_the_truth)


@pytest.fixture
def computed(monkeypatch):
    """Return a list to which every resampling of a metric adds its name."""
    names = []

    def noted(metrics, *arguments, **settings):
        names.extend(metric.name for metric in metrics)
        return drawn(metrics, *arguments, **settings)

    drawn = interval.replicates
    for module in ("interval", "once", "difference", "ceiling"):
        monkeypatch.setattr(f"bench.scores.{module}.replicates", noted)
    forget()
    yield names
    forget()


def stored(results):
    return sorted(path for path in (results / FOLDER).rglob("*") if path.is_file())


@pytest.mark.parametrize("compute", COMPUTATIONS)
def test_scores_read_are_those_computed(compute, tmp_path, computed):
    without = compute()
    with scores_kept_in(tmp_path):
        forget()
        first = compute()
        assert computed
        computed.clear()
        forget()
        again = compute()
    assert computed == []
    assert repr(again) == repr(first) == repr(without)
    assert list(again) == [metric.name for metric in METRICS_USED]


def test_all_computations_of_the_same_numbers_are_stored_apart(tmp_path):
    with scores_kept_in(tmp_path):
        for compute in COMPUTATIONS:
            forget()
            compute()
        count = len(stored(tmp_path))
        alone(resamples=21)
        alone(prediction=FIRST[1])
        alone([TAU])
        alone([*METRICS_USED[:3], *size_metrics(SIZE + 1)])
        alone([replace(TAU, low=-2)])
    assert count == len(COMPUTATIONS) + 1  # metrics of the true top are resampled on other architectures
    assert len(stored(tmp_path)) == count + 5


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace('"value": ', '"value": 1', 1),
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "\udcff",
    ],
)
def test_a_damaged_score_is_computed_again(damage, tmp_path, computed):
    with scores_kept_in(tmp_path):
        wanted = alone()
        [path] = stored(tmp_path)
        whole = path.read_text()
        path.write_text(damage(whole), errors="surrogateescape")
        assert path.read_text(errors="replace") != whole
        computed.clear()
        assert repr(alone()) == repr(wanted)
        assert computed == [metric.name for metric in METRICS_USED]
        assert path.read_text() == whole


def test_a_score_under_the_name_of_another_is_computed_again(tmp_path):
    with scores_kept_in(tmp_path):
        alone([TAU])
        [other] = stored(tmp_path)
        wanted = alone([TAU], FIRST[1])
        [path] = set(stored(tmp_path)) - {other}
        path.write_text(other.read_text())
        assert alone([TAU], FIRST[1]) == wanted


def test_scores_of_other_code_are_not_read(tmp_path, monkeypatch, computed):
    with scores_kept_in(tmp_path):
        alone()
    computed.clear()
    monkeypatch.setattr(cache, "version_of_code", lambda: "another")
    with scores_kept_in(tmp_path):
        alone()
    assert computed


def test_the_version_follows_every_file_of_the_package(tmp_path, monkeypatch):
    before = cache.version_of_code()
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "mine.py").write_text("1")
    monkeypatch.setattr(cache, "__file__", str(tmp_path / "cache.py"))
    one = cache.version_of_code.__wrapped__()
    (tmp_path / "metrics" / "mine.py").write_text("2")
    assert len({before, one, cache.version_of_code.__wrapped__()}) == 3


def test_scores_of_code_that_is_no_longer_used_are_removed(tmp_path):
    with scores_kept_in(tmp_path):
        alone()
    [own] = (tmp_path / FOLDER).iterdir()
    old, recent = own.with_name("0" * 16), own.with_name("1" * 16)
    for folder, age in ((own, 2.0), (old, 1.1), (recent, 0.9)):
        (folder / "ab").mkdir(parents=True, exist_ok=True)
        then = time.time() - age * UNUSED
        os.utime(folder, (then, then))
    with scores_kept_in(tmp_path):
        assert set((tmp_path / FOLDER).iterdir()) == {own, recent}
    assert own.stat().st_mtime > time.time() - 60


def test_metrics_from_elsewhere_are_always_computed(tmp_path, computed):
    def mine(prediction, truth):
        return float(prediction @ truth)

    with scores_kept_in(tmp_path):
        for _ in range(2):
            alone([replace(TAU, name="mine", function=mine, resampled=None)])
    assert computed == ["mine", "mine"]
    assert stored(tmp_path) == []


def test_nothing_is_stored_outside(tmp_path):
    with scores_kept_in(tmp_path):
        pass
    alone()
    assert not (tmp_path / FOLDER).exists()


def test_scores_are_computed_where_none_can_be_stored(tmp_path):
    (tmp_path / FOLDER.parts[0]).write_text("a file")
    wanted = alone()
    with scores_kept_in(tmp_path):
        assert repr(alone()) == repr(wanted)
    assert [path.name for path in tmp_path.iterdir()] == [FOLDER.parts[0]]


def test_progress_is_told_also_where_scores_are_read(tmp_path):
    told = []
    with scores_kept_in(tmp_path):
        for _ in range(2):
            bootstraps([TAU], FIRST[0], TRUTH, resamples=20, advance=told.append)
            ceiling(FIRST.T, [TAU], resamples=20, advance=told.append)
    assert sum(told) == 2 * (20 + 3 * 20)
