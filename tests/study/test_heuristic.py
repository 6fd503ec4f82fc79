"""A user's file becomes a study of its slots."""

from pathlib import Path

import pytest

from bench.errors import BenchError, RecipeError
from bench.optimize.losses.cross_entropy import CrossEntropy
from bench.recipe.recipe import Recipe
from bench.registry import load_plugin
from bench.sample.paths.strict_fair import StrictFair
from bench.study.heuristic import studies_of, study_against
from bench.study.study import STUDIES, Row

HEAD = "from dataclasses import dataclass\nfrom bench.sample.paths.uniform import Uniform\n"
SAMPLER = "@dataclass(frozen=True, kw_only=True)\nclass {name}(Uniform):\n    '''Mine.'''\n{fields}    count: int = 3\n"
LOSS = (
    "from bench.optimize.losses import Loss\n"
    "@dataclass(frozen=True, kw_only=True)\nclass MyLoss(Loss):\n    '''Mine.'''\n"
    "    def __call__(self, logits, labels):\n        return logits.sum()\n"
)


pytestmark = pytest.mark.usefixtures("no_plugins")


def module(folder: Path, text: str, name: str = "mine"):
    path = folder / f"{name}.py"
    path.write_text(HEAD + text)
    return load_plugin(path)


def against(mine):
    study = STUDIES.get("baseline")
    return study_against(mine, "mine", study, study.rows[0])


def test_the_slots_of_a_file_stand_in_the_place_of_the_rows_own(tmp_path):
    mine = module(tmp_path, SAMPLER.format(name="MyPaths", fields="") + LOSS)
    found = against(mine)
    baseline, own = found.rows
    assert baseline == STUDIES.get("baseline").rows[0]
    assert own.name == "mine"
    assert own.recipe == Recipe(paths=mine.MyPaths(), loss=mine.MyLoss())
    assert found.seeds == STUDIES.get("baseline").seeds
    assert (baseline.recipe.paths, baseline.recipe.loss) == (StrictFair(), CrossEntropy())


def test_what_a_file_imports_is_not_its_own(tmp_path):
    mine = module(tmp_path, "from bench.sample.paths.sandwich import Sandwich\n" + LOSS)
    assert against(mine).rows[1].recipe.paths == StrictFair()


def test_multiplied_sizes_and_the_score_of_the_row_stay(tmp_path):
    row = Row("wide", Recipe(), times={"construct.width": 3}, score="negative-cross-entropy")
    own = study_against(module(tmp_path, LOSS), "mine", STUDIES.get("baseline"), row).rows[1]
    assert (own.times, own.score) == ({"construct.width": 3}, "negative-cross-entropy")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "defines no study and no slot; allowed: a frozen dataclass derived from Space, Construct, Norm, Paths"),
        (
            SAMPLER.format(name="A", fields="") + SAMPLER.format(name="B", fields=""),
            "defines two implementations of 'paths'; keep one, or write a study",
        ),
        (SAMPLER.format(name="A", fields="    width: int\n"), r"A has settings without a default \(width\)"),
        (
            "from bench.sample.paths import Paths\n@dataclass(frozen=True, kw_only=True)\nclass A(Paths):\n"
            "    def per_update(self, space):\n        return 1\n",
            r"defines no study and no slot \(A lacks draw\); allowed",
        ),
    ],
)
def test_a_file_that_does_not_say_what_to_train_is_refused(tmp_path, text, message):
    with pytest.raises(RecipeError, match=message):
        against(module(tmp_path, text))


def test_a_study_in_a_file_is_found(tmp_path):
    mine = module(tmp_path, "from studies.baseline import STUDY\n")
    assert studies_of(mine) == [STUDIES.get("baseline")]


def test_a_class_without_a_dataclass_of_its_own_is_no_slot(tmp_path):
    plain = "class Plain(Uniform):\n    '''Its settings are those of another.'''\n"
    with pytest.raises(
        RecipeError, match=r"defines no study and no slot \(Plain is not a dataclass\); allowed: a frozen"
    ):
        against(module(tmp_path, plain))


def test_a_space_of_ones_own_is_not_set_against_a_row_of_another(tmp_path):
    mine = module(
        tmp_path,
        "from tests.spaces.toy import NotAllZero\n"
        '@dataclass(frozen=True, kw_only=True)\nclass Mine(NotAllZero):\n    """Mine."""\n',
    )
    with pytest.raises(RecipeError, match=r"mine\.py defines space 'mine', and row .* 'nb201', .* write a Study"):
        against(mine)


def test_a_file_whose_study_has_a_path_as_its_name_is_refused_in_one_line(tmp_path):
    text = (
        "from dataclasses import replace\nfrom bench.study.study import STUDIES\n"
        "STUDY = replace(STUDIES.get('baseline'), name='../../x')\n"
    )
    with pytest.raises(BenchError, match=r"mine.py cannot be imported: .*the study's name '../../x' is not allowed"):
        module(tmp_path, text)
