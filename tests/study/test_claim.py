"""Claims name what exists, and say the same as the rows that test them."""

import pytest

from bench.errors import RecipeError, UnknownName
from bench.recipe.preset import PRESETS
from bench.scores.metrics import METRICS
from bench.scores.size import OF_SIZE_ITSELF
from bench.study.claim import ACCURACY, CLAIMS, Cheaper, Compared, OfRow, Searched, Untested, Within

ALL = CLAIMS.all()
PAPERS = (
    "Distribution consistent NAS",
    "Exploring single-path architecture search ranking correlations",
    "How to train your supernet",
    "One-shot neural channel search",
    "Single path one-shot",
)


def test_every_paper_has_claims_in_one_file():
    assert sorted({claim.paper for claim in ALL}) == sorted(PAPERS)
    assert len(list(dict.fromkeys(claim.paper for claim in ALL))) == len(PAPERS)


def of_rows(claims):
    tests = [claim.test for claim in claims]
    return [test for test in tests if isinstance(test, OfRow)] + [
        test.like for test in tests if isinstance(test, Untested) and test.like
    ]


def test_every_row_that_a_claim_names_exists():
    tests = dict.fromkeys(of_rows(ALL))
    assert len(tests) > 50
    for test in tests:
        study, row = test.found()
        assert (study.name, row.name) == (test.study, test.row)
        if isinstance(test, Compared):
            assert not row.reference, test
            assert test.against in ("", *(row.name for row in study.rows)), test
            assert test.effect or row.reported, f"the effect that the claim leaves to its row: {test}"
        if isinstance(test, Cheaper):
            assert test.against in [row.name for row in study.rows], test
        if isinstance(test, Searched):
            assert test.against_row in ("", *(row.name for row in study.rows)), test
            for name, who in ((test.search, test.searcher), (test.against_search or test.search, test.against)):
                [search] = [one for one in study.searches if one.name == name]
                assert who in [*(by.slot_name() for by in search.by), *search.beside], test
        assert getattr(test, "metric", "") in ("", ACCURACY, OF_SIZE_ITSELF, *METRICS.names()), test


def test_a_claim_says_no_other_effect_than_its_row_reports():
    contradicting = []
    for claim in ALL:
        if isinstance(claim.test, Compared) and claim.test.effect and not claim.test.against and not claim.images:
            row = claim.test.found()[1]
            if row.reported and row.reported.metric == claim.test.metric and row.reported.effect != claim.test.effect:
                contradicting.append(claim.name)
    assert not contradicting


def test_no_two_claims_are_tested_alike():
    tests = [(claim.test, claim.images) for claim in ALL if not isinstance(claim.test, Untested)]
    assert len(set(tests)) == len(tests)


def test_claims_on_other_images_have_a_preset_with_them():
    there = {preset.images.dataset for preset in PRESETS.values() if preset.like}
    assert {claim.images for claim in ALL if claim.images} == there


def test_a_row_that_a_study_lacks_is_named_with_its_study():
    with pytest.raises(RecipeError, match="row 'no Zeros' of study 'masking', which has none"):
        OfRow(study="masking", row="no Zeros").found()
    with pytest.raises(UnknownName, match="maskng"):
        OfRow(study="maskng", row="no Zero").found()


@pytest.mark.parametrize(
    "given", [{"effect": "better"}, {"metric": "spearman"}, {"effect": "good", "metric": "spearman"}]
)
def test_an_effect_needs_its_metric_and_is_one_of_three(given):
    with pytest.raises(RecipeError, match="give both, the effect one of better, worse, same"):
        Compared(study="masking", row="no Zero", **given)


def test_a_resource_is_one_of_those_that_are_counted():
    with pytest.raises(RecipeError, match="needs less 'power'; allowed: memory, training time"):
        Cheaper(study="paths-memory", row="single path", against="two paths", of="power")


def test_an_untested_claim_has_one_cost():
    with pytest.raises(RecipeError, match="cost in words or a row that is alike"):
        Untested(why="no images")
    with pytest.raises(RecipeError, match="cost in words or a row that is alike"):
        Untested(why="no images", cost="a day", like=OfRow(study="baseline", row="baseline"))


def test_bounds_are_in_words():
    named = {"study": "baseline", "row": "baseline", "metric": "spearman"}
    assert Within(**named, high=0.5).bounds == "below 0.5"
    assert Within(**named, low=-0.25, high=0.25).bounds == "-0.25 to 0.25"
