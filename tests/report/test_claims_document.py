"""docs/claims.md is the claims table of the stored runs."""

import pytest

from bench.places import PROJECT
from bench.recipe.preset import find_preset
from bench.report.claims import judge
from bench.report.claims_table import document
from bench.study.claim import CLAIMS
from bench.tables.add import add
from bench.tables.catalog import open_table

DOCUMENT = PROJECT / "docs" / "claims.md"


def test_the_document_has_every_claim_in_its_order():
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")][2:]
    cells = [tuple(line.split(" | ")[:3]) for line in lines]
    assert cells == [(f"| {claim.paper}", claim.section, claim.says) for claim in CLAIMS.all()]


@pytest.mark.slow
def test_the_document_is_what_the_stored_runs_say(real_data, tmp_path):
    add([real_data / "nats_bench.csv", real_data / "cvpr2021_track1_gt_1000.json"], tmp_path)
    preset = find_preset("laptop")
    found = judge(CLAIMS.all(), preset, PROJECT / "results", lambda truth: open_table(truth, tmp_path), tmp_path)
    assert document(found, preset.name) == DOCUMENT.read_text(), (
        "'supernet-bench claims --out docs/claims.md' writes it"
    )
