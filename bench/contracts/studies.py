"""Checks of every study."""

from bench.contracts import Suite
from bench.errors import BenchError, PluginError
from bench.recipe.preset import PRESETS
from bench.slot import OPEN
from bench.study.study import Row, Study
from bench.supernets import construct_of

SUITE = Suite("studies")


@SUITE.check
def it_has_a_name_a_question_a_source_and_seeds(study: Study) -> None:
    for name in ("name", "question", "source", "seeds"):
        if not getattr(study, name):
            raise PluginError(f"study '{study.name}' has no {name}; give it one")
    if len(set(study.seeds)) != len(study.seeds):
        raise PluginError(f"study '{study.name}' has seeds {study.seeds}; list each once")


@SUITE.check
def every_row_fills_a_recipe_at_the_presets_of_its_construct(study: Study) -> None:
    for row in study.rows:
        construct = construct_of(row.recipe.space) if row.recipe.construct is OPEN else type(row.recipe.construct)
        refused = {}
        for name in construct.sizes:
            try:
                row.filled(PRESETS[name])
            except BenchError as error:
                refused[name] = str(error)
        if len(refused) == len(construct.sizes):  # `times` may round a setting to 0 at a small preset
            reasons = "; ".join(f"{name}: {reason}" for name, reason in refused.items()) or "its construct has no sizes"
            raise PluginError(f"row '{row.name}' of study '{study.name}' cannot be filled at any preset: {reasons}")


@SUITE.check
def no_two_rows_are_the_same(study: Study) -> None:
    seen: list[Row] = []
    for row in study.rows:
        for other in seen:
            if (row.recipe, row.times, row.score) == (other.recipe, other.times, other.score):
                raise PluginError(
                    f"rows '{other.name}' and '{row.name}' of study '{study.name}' have the same recipe; change a slot"
                )
        seen.append(row)
