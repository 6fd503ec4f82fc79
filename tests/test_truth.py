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
             "nb201/cifar10/test/200 ep", "-/a/b/c", f"{NAMED}\n"],
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
