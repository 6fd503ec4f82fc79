"""A results folder of made-up runs: study `masking` at preset smoke, some rows missing."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.places import data_folder
from bench.recipe.preset import find_preset
from bench.report.build import build
from bench.runs.plan import plan
from bench.study.study import STUDIES
from bench.tables.catalog import open_table
from tests.few_resamples import at_most_fifty_resamples

NOISE = {"baseline": 3.0, "no Zero": 0.1, "no Pool": 300.0, "no Skip": 3.0}
SEEDS = {"no Skip": 2}


@pytest.fixture(scope="session")
def results(tmp_path_factory, pretend) -> Path:
    folder = tmp_path_factory.mktemp("results")
    for planned in plan(STUDIES.get("masking"), find_preset("smoke"), None, folder):
        name = planned.row.name
        for run in planned.runs[: SEEDS.get(name, 3)] if name in NOISE else ():
            pretend(run, NOISE[name])
    return folder


@pytest.fixture(scope="session")
def report(results):
    masking = STUDIES.get("masking")
    drawn_once = replace(masking, figures=masking.figures[:1])  # a figure takes seconds
    with at_most_fifty_resamples():
        return build(
            [STUDIES.get("baseline"), drawn_once, STUDIES.get("dropout"), STUDIES.get("channel-sampling")],
            find_preset("smoke"),
            results,
            lambda name: open_table(name, data_folder()),
        )
