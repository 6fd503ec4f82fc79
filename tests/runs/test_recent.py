"""What was read last is kept, as far as it fits."""

import pytest

from bench.runs.recent import Recent


@pytest.fixture
def read():
    """Return `recent`, of ten bytes, and `asked`, which gets a text by its name and tells which were read anew."""
    recent, anew = Recent(10, len), []

    def asked(text):
        assert recent.get(text, lambda: anew.append(text) or text) == text
        found, anew[:] = list(anew), []
        return found

    return asked


def test_what_was_read_is_not_read_again(read):
    assert (read("aaaa"), read("aaaa")) == (["aaaa"], [])


def test_what_was_asked_for_longest_ago_gives_way_once_all_exceed_the_limit(read):
    assert read("aaaa") + read("bbbb") + read("aaaa") + read("cccc") == ["aaaa", "bbbb", "cccc"]
    assert read("aaaa") + read("cccc") == []
    assert read("bbbb") == ["bbbb"]


def test_sizes_are_given_back(read):
    for text in ("aaaa", "bbbb", "cccc", "dddd", "eeee"):
        read(text)
    assert read("dddd") + read("eeee") == []


def test_one_that_alone_exceeds_the_limit_is_kept_until_the_next(read):
    assert read("a" * 11) + read("a" * 11) == ["a" * 11]
    assert read("bb") + read("bb") + read("a" * 11) == ["bb", "a" * 11]


def test_a_failure_to_read_leaves_nothing(read):
    recent = Recent(10, len)
    with pytest.raises(OSError, match="torn"):
        recent.get("a", lambda: (_ for _ in ()).throw(OSError("torn")))
    assert recent.get("a", lambda: "whole") == "whole"
