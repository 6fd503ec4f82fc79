"""Parts of a table: which networks each of them trains."""

import json

import pytest

from bench.errors import StoreError
from bench.stand_alone import journal
from bench.stand_alone.build import Chunk
from bench.stand_alone.journal import PART, Journal, Network
from bench.stand_alone.part import WANTED, networks_in, parts_of


def chunk(*archs, seed):
    return Chunk(*(archs if field == "archs" else seed if field == "seed" else None for field in Chunk._fields))


def test_every_network_is_in_one_part_and_each_part_says_which_it_trains(tmp_path):
    chunks = [chunk("a", "b", seed=0), chunk("c", seed=0), chunk("a", seed=1)]
    parts = parts_of(chunks, 2, tmp_path / "table.jsonl", ())
    found = [networks_in(part.folder) for part in parts]
    assert found == [{("a", 0), ("b", 0), ("a", 1)}, {("c", 0)}]
    assert [part.label for part in parts] == ["part 1 of 2", "part 2 of 2"]
    assert len(parts_of(chunks, 9, tmp_path / "table.jsonl", ())) == 3, "no part without a chunk"


@pytest.mark.parametrize(
    "content",
    ["[]", "{}", '{"networks": 3}', '{"networks": [["a"]]}', '{"networks": [["a", 1e999]]}', '{"networks": [[1, 2]]}'],
)
def test_a_file_that_does_not_name_networks_is_refused_with_its_remedy(tmp_path, content):
    (tmp_path / WANTED).write_text(content)
    with pytest.raises(StoreError, match=rf"{WANTED} is not readable .*'supernet-bench cancel' the table, delete"):
        networks_in(tmp_path)
    (tmp_path / WANTED).write_text(json.dumps({"networks": [["a", 1]]}))
    assert networks_in(tmp_path) == {("a", 1)}
    (tmp_path / WANTED).unlink()
    assert networks_in(tmp_path) == set(), "a job that makes its deleted folder anew names none"


@pytest.mark.parametrize("moved", ["before", "after"])
def test_what_leaves_a_part_while_a_table_s_journal_is_read_is_known(tmp_path, monkeypatch, moved):
    path = tmp_path / "table.jsonl"
    part = journal.folder_of_parts(path) / "one" / PART
    network = Network(arch="a", seed=0, accuracy=50.0, seconds=1.0)
    Journal(part).add(network)

    class Meanwhile(Journal):
        """A part's journal is taken over by the table's at the moment at which it is read."""

        def __init__(self, read):
            if read == part and moved == "before":
                part.rename(path)
            super().__init__(read)
            if read == part and moved == "after":
                part.rename(path)

    monkeypatch.setattr(journal, "Journal", Meanwhile)
    with journal.opened_journal(path, writing=False) as found:
        assert found.networks == {("a", 0): network}
