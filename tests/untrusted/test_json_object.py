"""Our own JSON files, whatever is in them."""

import json

import pytest

from bench.errors import LONGEST, StoreError
from bench.recipe.preset import find_preset
from bench.runs.plan import plan
from bench.runs.published import read_published
from bench.runs.store import read_record
from bench.stand_alone.journal import Journal
from bench.study.study import STUDIES
from bench.untrusted import json_object
from bench.untrusted.json_object import parse_object

HOSTILE = {
    "brackets": b"[" * 100_000,
    "deep": b'{"a":' * 100_000,
    "long": b'{"error": "' + b"x" * 2_000_000 + b'", "source": 1, "schema": "' + b"y" * 2_000_000 + b'"}',
    "bytes": b"\xff\xfe\x00",
    "list": b"[1]",
    "null": b"null",
    "digits": b'{"schema": ' + b"9" * 5_000 + b"}",
    "infinite": b'{"schema": 1e999}',
    "schema alone": b'{"schema": 2}',
    "empty": b"",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_record_is_refused_in_one_short_line(content, tmp_path):
    path = tmp_path / "record.json"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"record.json (is not a readable record|has schema)") as caught:
        read_record(path)
    assert len(str(caught.value)) <= LONGEST


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_is_said_of_stored_predictions_is_refused_in_one_short_line(content, tmp_path):
    folder = tmp_path / "published" / "theirs"
    folder.mkdir(parents=True)
    (folder / "about.json").write_bytes(content)
    with pytest.raises(StoreError, match=r"about.json is not readable") as caught:
        read_published("theirs", tmp_path)
    assert len(str(caught.value)) <= LONGEST


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_failure_is_told_in_one_short_line(content, tmp_path):
    [row] = plan(STUDIES.get("baseline"), find_preset("smoke"), (0,), tmp_path)
    row.runs[0].folder.mkdir(parents=True)
    (row.runs[0].folder / "failed.json").write_bytes(content)
    [told] = row.failures().values()
    assert told.startswith("xxx") or told.endswith("failed.json is not readable")
    assert len(told) <= LONGEST


@pytest.mark.parametrize(
    "line",
    [
        *[*HOSTILE.values()][:8],
        b'{"arch": ["a"], "seed": 0, "accuracy": 1, "seconds": 1}',
        b'{"arch": "a", "seed": 0.5, "accuracy": 1, "seconds": 1}',
        b'{"arch": "a", "seed": 0, "accuracy": NaN, "seconds": 1}',
        b'{"arch": "a", "seed": 0, "accuracy": "1", "seconds": 1}',
        b'{"arch": "a", "seed": 0, "accuracy": 1, "seconds": 1, "more": 1}',
    ],
)
def test_a_line_of_a_journal_is_refused_with_its_number(line, tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"arch": "a", "seed": 0, "accuracy": 1, "seconds": 1}\n' + line + b"\n")
    with pytest.raises(StoreError, match=r"journal.jsonl, line 2 is damaged \(.*\); delete the line") as caught:
        Journal(path)
    assert len(str(caught.value)) <= LONGEST


def test_a_file_of_gigabytes_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(json_object, "LARGEST", 10)
    (tmp_path / "record.json").write_text(json.dumps({"schema": 2}) + " " * 10)
    with pytest.raises(StoreError, match=r"it has more than 10 bytes"):
        read_record(tmp_path / "record.json")


def test_an_object_is_parsed():
    assert parse_object('{"a": [1]}') == {"a": [1]}


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        *(("predictions", "sha256", value) for value in (1, None, [])),
        *(("predictions", "n", value) for value in ("3", -1, 2.5, 2**62, True)),
        *(("images", name, 1) for name in ("name", "sha256", "predicted_on")),
        *(("images", "held_out", value) for value in ("8", None)),
        *(("seconds", name, value) for name in ("train", "predict", "teacher") for value in ("1", None, float("inf"))),
        ("budget", "images_seen", "many"),
        ("machine", "processor", ""),
    ],
)
def test_a_record_with_a_wrong_part_is_refused(part, name, value, tmp_path, pretend):
    [row] = plan(STUDIES.get("baseline"), find_preset("smoke"), (0,), tmp_path)
    [run] = row.runs
    pretend(run, 1.0)
    content = json.loads(run.record_path.read_text())
    content[part][name] = value
    run.record_path.write_text(json.dumps(content))
    assert run.status == "damaged"
    assert part in run.damage
