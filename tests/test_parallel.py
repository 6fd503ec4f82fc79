"""One function over many items in forked processes."""

import multiprocessing
import os

import pytest

from bench.errors import StoreError
from bench.parallel import in_processes


def test_what_is_found_comes_in_the_order_of_the_items_whatever_the_function() -> None:
    factor = 3
    assert list(in_processes(lambda item: item * factor, range(20))) == [3 * item for item in range(20)]
    assert list(in_processes(lambda item: item * factor, [])) == []


def test_other_processes_do_the_work_where_there_are_cores(monkeypatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert os.getpid() not in set(in_processes(lambda item: os.getpid(), [1, 2]))
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    assert set(in_processes(lambda item: os.getpid(), [1, 2])) == {os.getpid()}
    monkeypatch.undo()
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert set(in_processes(lambda item: os.getpid(), [1, 2])) == {os.getpid()}


def test_an_error_of_one_item_is_raised_as_it_is() -> None:
    def second_fails(item: int) -> int:
        if item == 2:
            raise StoreError("no second")
        return item

    found = in_processes(second_fails, [1, 2, 3])
    assert next(found) == 1
    with pytest.raises(StoreError, match="no second"):
        list(found)
    assert list(in_processes(lambda item: item, [1, 2])) == [1, 2], "the next one is not held up"
