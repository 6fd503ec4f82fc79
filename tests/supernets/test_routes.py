import pytest
import torch

from bench.supernets.nb201.routes import Route, join, split

OWNERS = {"all": [0, 1, 2, 3], "a run": [1, 2], "scattered": [0, 3], "one": [2]}


def node():
    return torch.randn(4, 2, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64).requires_grad_()


@pytest.mark.parametrize("owners", OWNERS.values(), ids=OWNERS)
@pytest.mark.parametrize("rectify", [True, False], ids=["after a ReLU", "as it is"])
def test_a_part_holds_the_rows_of_its_networks(owners, rectify):
    values = node()
    (part,) = split(values, [Route(owners, 4)], [rectify])
    torch.testing.assert_close(part, values[owners].relu() if rectify else values[owners])


@pytest.mark.parametrize("order", [1, -1], ids=["whole first", "whole last"])
def test_gradients_through_parts_and_sum_are_those_of_plain_indexing(order):
    owners = [*list(OWNERS.values())[::order], OWNERS["all"]]
    rectify = [True, False, True, False, False]
    routes = [Route(rows, 4) for rows in owners]
    values, arriving = node(), torch.randn(4, 2, 3, dtype=torch.float64)
    found = join(list(zip(routes, (2 * part for part in split(values, routes, rectify)), strict=True)))
    expected = torch.zeros_like(values)
    for rows, relu in zip(owners, rectify, strict=True):
        part = values[rows].relu() if relu else values[rows]
        expected = expected.index_add(0, torch.tensor(rows), 2 * part)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(*(torch.autograd.grad(value, values, arriving)[0] for value in (found, expected)))


def test_a_sum_leaves_its_parts_as_they_were():
    part, more = torch.ones(4, 2), torch.ones(2, 2)
    total = join([(Route([0, 1, 2, 3], 4), part), (Route([1, 2], 4), more)])
    assert total.tolist() == [[1, 1], [2, 2], [2, 2], [1, 1]]
    assert part.tolist() == [[1, 1]] * 4
