"""Options that several commands share."""

import pytest

from bench.cli.options import preset_with
from bench.errors import DataError
from bench.runs.plan import truth_of
from bench.study.study import STUDIES

RELEASE = "nb201/cifar10/test/200ep@nats-tss"


@pytest.mark.parametrize("preset", ["laptop", "smoke"])
def test_a_table_replaces_the_truth_of_the_studies_of_its_space(preset):
    chosen = preset_with(preset, RELEASE)
    assert str(truth_of(STUDIES.get("baseline"), chosen)) == RELEASE
    assert str(truth_of(STUDIES.get("channel-sampling"), chosen)) == "track1/cifar100/test/stand-alone"


def test_without_a_table_the_studies_keep_their_truth():
    assert str(truth_of(STUDIES.get("baseline"), preset_with("laptop", None))) == "nb201/cifar10/test/200ep"


def test_what_names_no_table_is_refused():
    with pytest.raises(DataError, match=r"truth 'nats-tss' must be space/dataset/split/budget"):
        preset_with("laptop", "nats-tss")
