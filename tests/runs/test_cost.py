"""What rows cost, and when their minutes may stand beside each other."""

from dataclasses import replace

import pytest

from bench.runs.cost import Cost, cost_of, cost_ratio, minutes_beside, unit_of
from bench.runs.store import read_record

HERE = Cost(minutes=6.0, images=2e6, processors=("one",))


@pytest.fixture
def record(finished):
    run, _ = finished
    return read_record(run.record_path)


def test_the_cost_of_a_row_is_the_mean_over_its_seeds(record):
    longer = replace(record, seconds={"train": 9.0}, budget={"images_seen": 4160})
    assert cost_of([record, longer]) == Cost(minutes=0.1, images=4000, processors=("a processor",))


def test_a_row_trained_on_two_processors_names_both(record):
    other = replace(record, machine={"processor": "another", "gpu": "a card"})
    assert cost_of([record, other]).processors == ("a card", "a processor")


def test_minutes_are_of_the_cards_if_all_runs_were_on_one_and_else_of_a_core(record):
    carded = [replace(record, machine={"processor": "its own", "gpu": name}) for name in ("B", "A")]
    assert [cost_of(records).gpu for records in (carded[:1], carded, [*carded, record])] == ["B", "A or B", ""]
    assert unit_of([cost_of(carded)]) == "minutes of one A or B"
    assert unit_of([cost_of(carded[:1]), cost_of([record])]) == "minutes of one core or one B"


def test_minutes_of_one_processor_are_compared():
    assert cost_ratio(replace(HERE, minutes=9.0, images=1.0), HERE) == "1.50 times"


def test_of_different_processors_only_the_images_are_compared():
    elsewhere = replace(HERE, minutes=2.0, images=5e6, processors=("two",))
    assert cost_ratio(elsewhere, HERE).startswith("2.50 times the training images")
    assert (minutes_beside(elsewhere, HERE), minutes_beside(HERE, HERE)) == ("2.0†", "6.0")


def test_what_costs_nothing_has_no_minutes():
    assert (cost_ratio(None, HERE), cost_ratio(HERE, None), minutes_beside(None, HERE)) == ("", "", "-")
