"""The name of a ground truth as a value."""

import pytest

from bench.errors import DataError
from bench.truth import Truth

NAMED = "nb201/cifar10/test/200ep"


def test_a_truth_is_spelled_as_it_was_parsed():
    truth = Truth.parse(NAMED)
    assert truth == Truth("nb201", "cifar10", "test", "200ep")
    assert str(truth) == NAMED
    assert {truth: 1}[Truth.parse(NAMED)] == 1


@pytest.mark.parametrize(
    "text", ["", "nb201", "nb201/cifar10/test", f"{NAMED}/more", "nb201//test/200ep", "NB201/cifar10/test/200ep",
             "nb201/cifar10/test/200 ep", "-/a/b/c", f"{NAMED}\n",
             f"{NAMED}@", f"{NAMED}@@3-of-9", f"{NAMED}@a@b", f"{NAMED}@a@3-of-9@b", f"{NAMED}@A", f"{NAMED}@3-of-9@a",
             f"{NAMED}@../x"],
)  # fmt: skip
def test_what_spells_no_truth_is_refused_in_one_line(text):
    with pytest.raises(DataError) as refused:
        Truth.parse(text)
    assert "must be space/dataset/split/budget" in str(refused.value)
    assert "such as nb201/cifar10/test/200ep" in str(refused.value)


@pytest.mark.parametrize(
    ("other", "differs"),
    [
        ("nb201/cifar100/test/200ep", True),
        (NAMED, False),
        ("macro/cifar100/test/200ep", False),
        ("nb201/cifar100/valid/200ep", False),
        ("nb201/cifar100/test/12ep", False),
    ],
)
def test_other_images_alone_make_another_truth_of_the_same_predictions(other, differs):
    assert Truth.parse(NAMED).on_other_images(Truth.parse(other)) == differs


@pytest.mark.parametrize("text", [f"{NAMED}@nats-tss", f"{NAMED}@nats-tss@3-of-15625", f"{NAMED}@3-of-15625"])
def test_a_release_and_a_coverage_are_part_of_a_truth(text):
    truth = Truth.parse(text)
    assert str(truth) == text
    assert truth != truth.plain == Truth.parse(NAMED)


def test_a_coverage_is_no_release():
    with pytest.raises(DataError, match=r"must be space/dataset"):
        Truth("nb201", "cifar10", "test", "200ep", release="3-of-9")


def test_releases_of_other_images_are_compared_with_their_own():
    other = Truth.parse("nb201/cifar100/test/200ep@nats-tss")
    assert Truth.parse(f"{NAMED}@nats-tss").on_other_images(other)
    assert not Truth.parse(NAMED).on_other_images(other)
