"""A run on a card, tried without one: "cpu:0" is a device of another name than "cpu", which computes the same."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bench.errors import StoreError
from bench.runs import execute as executing
from bench.runs.execute import CHECKPOINT, execute
from bench.runs.store import Run, read_record
from bench.sample.images.image_set import digits
from bench.train.checkpoint import read_checkpoint, write_checkpoint
from bench.train.training import Training
from tests.runs.conftest import ASKED
from tests.runs.test_execute import same_answers

CARD = "cpu:0"


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Pretend that a card is there; return a list with an entry per time that its kernels were chosen."""
    chosen: list[str] = []
    monkeypatch.setattr(executing, "settle_card", lambda: chosen.append("card"))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "a card")
    return chosen


@pytest.mark.slow
def test_a_run_on_a_card_takes_all_its_steps_there(smoke: Run, data: Path, smoke_run: Path, settled: list[str]) -> None:
    assert execute(smoke, ASKED, data, device=CARD) == "trained"
    assert settled == ["card"]
    same_answers(smoke.folder, replace(smoke, results=smoke_run / "results").folder)
    assert read_record(smoke.folder / "record.json").machine["device"] == CARD
    assert read_checkpoint(smoke.folder / CHECKPOINT, "cpu").kernels == "a card"


def test_what_a_card_began_the_processor_does_not_continue(smoke: Run, tmp_path: Path, settled: list[str]) -> None:
    begun = Training(smoke.recipe, digits(), smoke.seed, CARD)
    write_checkpoint(begun.checkpoint(), tmp_path / CHECKPOINT)
    with pytest.raises(StoreError, match="was computed by a card, this process computes by CPU"):
        Training(smoke.recipe, digits(), smoke.seed).continue_from(tmp_path / CHECKPOINT)
