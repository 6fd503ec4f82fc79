import inspect
import pkgutil
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import bench.registry
from bench.cli.look import REGISTRIES
from bench.errors import BenchError, RecipeError, UnknownName
from bench.optimize.averagings import AVERAGINGS
from bench.registry import load_entry_points, load_plugin, plugin_paths, plugins_forgotten
from bench.sample.paths import PATHS
from bench.sample.paths.uniform import Uniform
from bench.study.study import STUDIES

SAMPLER = '''"""A sampler of my own."""

from dataclasses import dataclass

from bench.sample.paths import Paths


@dataclass(frozen=True, kw_only=True)
class OneOfEach(Paths):
    """Two architectures per update."""

    def per_update(self, space):
        return 2

    def draw(self, space, rng):
        return space.sample(rng, 2)
'''
LINE = SAMPLER.splitlines().index("@dataclass(frozen=True, kw_only=True)") + 1

STUDY = """from dataclasses import replace
from studies.baseline import STUDY as BASELINE

MINE = replace(BASELINE, name="mine")
"""

pytestmark = pytest.mark.usefixtures("no_plugins")


@pytest.fixture
def plugin(tmp_path):
    def write(text, name="mine.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write


def test_a_sampler_in_a_fresh_file_is_listed_and_found(plugin):
    load_plugin(plugin(SAMPLER))
    assert "one-of-each" in PATHS.names()
    assert PATHS.get("one-of-each")().per_update(None) == 2


def test_the_origin_of_a_class_is_its_file_and_line(plugin):
    path = plugin(SAMPLER)
    load_plugin(path)
    assert PATHS.origin("one-of-each") == f"{path}:{LINE}"


def test_the_origin_of_an_instance_is_its_file_and_line(plugin):
    path = plugin(STUDY)
    load_plugin(path)
    assert STUDIES.origin("mine") == f"{path}:4"
    assert STUDIES.get("mine").name == "mine"


def test_a_registry_that_was_read_before_sees_a_later_plug_in(plugin):
    before = PATHS.names()
    load_plugin(plugin(SAMPLER))
    assert PATHS.names() == sorted([*before, "one-of-each"])


def test_a_plug_in_that_asks_a_registry_while_it_loads_is_still_seen(plugin):
    load_plugin(plugin("from bench.sample.paths import PATHS\nPATHS.names()\n" + SAMPLER))
    assert "one-of-each" in PATHS.names()


def test_an_imported_entry_stays_where_it_was_defined(plugin):
    load_plugin(plugin(STUDY + "from bench.sample.paths.uniform import Uniform\n"))
    assert Path(STUDIES.origin("baseline").rsplit(":", 1)[0]).name == "baseline.py"
    assert Path(PATHS.origin("uniform").rsplit(":", 1)[0]).name == "uniform.py"


def test_a_study_that_another_one_names_stays_where_it_was_defined():
    assert Path(STUDIES.origin("weight-decay").rsplit(":", 1)[0]).name == "weight_decay.py"


def test_two_entries_of_one_name_are_refused_with_both_files(plugin):
    path = plugin(SAMPLER.replace("OneOfEach", "Uniform"))
    load_plugin(path)
    own = inspect.getfile(Uniform)
    with pytest.raises(BenchError, match=rf"two paths are called 'uniform': {own}:\d+ and {path}:{LINE}; rename"):
        PATHS.names()


def test_two_files_of_one_name_keep_their_own_entries(plugin):
    paths = [
        plugin(SAMPLER.replace("OneOfEach", name), f"{folder}/mine.py") for folder, name in (("a", "Ay"), ("b", "Bee"))
    ]
    for path in paths:
        load_plugin(path)
    assert [PATHS.origin(name) for name in ("ay", "bee")] == [f"{path}:{LINE}" for path in paths]


def test_an_unknown_name_brings_the_closest_known_one():
    with pytest.raises(UnknownName, match=r"unknown paths 'strict-fiar'; did you mean 'strict-fair'.*list paths"):
        PATHS.get("strict-fiar")
    with pytest.raises(UnknownName, match="unknown paths 'strict-fiar'"):
        PATHS.origin("strict-fiar")


def test_abstract_classes_and_the_base_are_no_entries():
    assert "paths" not in PATHS.names()
    assert "strict-fair" in PATHS.names()
    assert "snapshots" not in AVERAGINGS.names()


def test_a_plug_in_is_imported_once(plugin):
    path = plugin(SAMPLER)
    assert load_plugin(path) is load_plugin(path)
    assert plugin_paths() == (path,)


def test_a_plug_in_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BenchError, match=r"plug-in .*absent\.py does not exist; give the path of a Python file"):
        load_plugin(tmp_path / "absent.py")


def test_a_plug_in_that_is_no_python_file_is_named(plugin):
    with pytest.raises(BenchError, match=r"plug-in .*mine\.txt is not a Python file; its name must end in \.py"):
        load_plugin(plugin(SAMPLER, "mine.txt"))


def test_a_plug_in_that_fails_is_named_with_its_error_and_leaves_nothing(plugin):
    with pytest.raises(BenchError, match=r"mine\.py cannot be imported: ZeroDivisionError: division by zero; fix"):
        load_plugin(plugin(SAMPLER + "1 / 0\n"))
    assert "one-of-each" not in PATHS.names()


def test_a_plug_in_that_lacks_the_name_of_another_says_how_both_are_loaded(plugin):
    asked = "from bench.sample.paths import PATHS\nPATHS.get('of-another-file')\n"
    with pytest.raises(
        BenchError, match=r"unknown paths? .*or load the file that defines the name before it: '.*--plug"
    ):
        load_plugin(plugin(asked))


def test_an_installed_package_joins_in_by_its_entry_point(monkeypatch, plugin):
    plugin(SAMPLER, "installed_samplers.py")
    monkeypatch.syspath_prepend(plugin("").parent)
    point = EntryPoint("their-samplers", "installed_samplers", bench.registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(bench.registry, "entry_points", lambda group: [point] if group == point.group else [])
    load_entry_points()
    load_entry_points()
    assert "one-of-each" in PATHS.names()
    assert plugin_paths() == (), "workers load entry points by themselves"


def test_an_entry_point_must_name_a_module(monkeypatch):
    point = EntryPoint("odd", "bench.registry:Registry", bench.registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(bench.registry, "entry_points", lambda group: [point])
    with pytest.raises(BenchError, match=r"entry point 'odd' = 'bench\.registry:Registry' must name a module"):
        load_entry_points()


def test_plug_ins_forgotten_are_back_afterwards_and_others_are_not(plugin):
    mine = plugin(STUDY)
    load_plugin(mine)
    with plugins_forgotten():
        assert plugin_paths() == ()
        assert "mine" not in STUDIES.names()
        load_plugin(plugin(STUDY.replace("mine", "other"), "other.py"))
        assert "other" in STUDIES.names()
    assert plugin_paths() == (mine,)
    assert "mine" in STUDIES.names()
    assert "other" not in STUDIES.names()


def test_a_plug_in_loaded_again_after_it_was_forgotten_lists_its_new_class(plugin):
    mine = plugin(SAMPLER)
    load_plugin(mine)
    first = PATHS.get("one-of-each")
    with plugins_forgotten():
        again = load_plugin(mine)
        assert PATHS.get("one-of-each") is again.OneOfEach
        assert PATHS.get("one-of-each") is not first


def test_a_file_that_postpones_its_annotations_is_checked_like_any_other(plugin):
    postponed = plugin(
        SAMPLER.replace("from dataclasses", "from __future__ import annotations\n\nfrom dataclasses", 1).replace(
            "    def per_update", "    count: int = 2\n\n    def per_update", 1
        )
    )
    load_plugin(postponed)
    with pytest.raises(RecipeError, match=r"one-of-each.count is 'three'; allowed: a whole number, any"):
        PATHS.get("one-of-each")(count="three")


def test_registry_file_and_class_spell_one_name():
    for kind, registry in REGISTRIES.items():
        for name in () if registry.instances else registry.names():
            entry = registry.get(name)
            path = Path(inspect.getfile(entry))
            place = path.parent.name if path.stem == "__init__" else path.stem  # a folder where the module is large
            spelled = f"{place}_net" if kind == "constructs" else place  # a construct's file has the name of its space
            assert spelled == name.replace("-", "_"), path
            assert entry.__name__.lower() == name.replace("-", ""), path


def test_a_registrys_folder_holds_exactly_what_it_lists():
    """Modules, that is: a folder in it, such as the layers of supernets, is another idea with a name of its own."""
    for kind, registry in REGISTRIES.items():
        folder = import_module(registry.package).__path__
        modules = [info.name for info in pkgutil.iter_modules(folder) if not info.ispkg]
        files = {Path(registry.origin(name).rpartition(":")[0]) for name in registry.names()}
        assert sorted(set(modules) - {path.stem for path in files}) == [], kind
