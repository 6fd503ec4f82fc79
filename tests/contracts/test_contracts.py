"""Every check of every kind on all that its registry lists; and each check seen to find what it is there for."""

import json
import subprocess
import sys

import pytest

from bench.cli.look import REGISTRIES
from bench.contracts import suites
from bench.contracts.readers import samples_given
from bench.contracts.settings import SETTINGS
from bench.places import PROJECT
from bench.slot import Slot
from bench.tables.readers import READERS
from tests.attacks.targets import table_samples

WRONG_TYPES = "every invalid value of a setting is refused"
"""Asked in a process whose types nobody else checks: here beartype refuses a text for a number first."""
ASK = f"""
import json
from bench.cli.look import REGISTRIES
from bench.contracts import suites
found = {{}}
for kind, suite in suites().items():
    for check in suite.checks:
        if check.name == "{WRONG_TYPES}":
            found |= {{f"{{kind}} {{n}}": check.failure(REGISTRIES[kind].get(n)) for n in REGISTRIES[kind].names()}}
print(json.dumps(found))
"""


QUICK = {"constructs": "macro-net", "paths": "uniform"}
"""Of each kind one that is checked whole where nothing is slow; of other kinds it is the first that is listed."""
COSTLY = (
    *("killed", "another process", "sub network", "equal seeds", "equal streams", "epoch", "update holds"),
    *("trained supernet", "path of an update", "file twice", "truncated"),
)
"""Words of the checks that train, predict, draw for an epoch, start a process or read a file again and again."""


def takes_long(kind, name, check):
    """Return whether a check takes long.

    These are the costly ones of all but one of a kind, the trainings that are killed but of an update and of searchers,
    and those of updates that learn more than weights.
    """
    if "killed" in check.name and kind not in ("searchers", "updates"):
        return True
    whole = name == QUICK.get(kind, REGISTRIES[kind].names()[0])
    if kind == "updates":
        return name != "one-level" and check not in SETTINGS.checks
    return not whole and any(words in check.name for words in COSTLY)


CHECKED = [(kind, name) for kind, suite in suites().items() for name in REGISTRIES[kind].names()]
LONG = [
    pytest.param(kind, name, check, id=f"{kind}-{name}-{check.name.replace(' ', '-')}")
    for kind, name in CHECKED
    for check in suites()[kind].checks
    if check.name != WRONG_TYPES and takes_long(kind, name, check)
]


@pytest.fixture(scope="session")
def samples(tmp_path_factory):
    """Return valid files for every reader, which writes none itself."""
    return table_samples(tmp_path_factory.mktemp("samples"))


@pytest.mark.parametrize(("kind", "name"), CHECKED)
def test_what_a_registry_lists_holds_the_contract_of_its_kind(kind, name, samples):
    """All checks at once, but those that take long: a test of its own for each costs more than the check."""
    checks = [check for check in suites()[kind].checks if check.name != WRONG_TYPES]
    with samples_given(samples):
        found = {
            check.name: check.failure(REGISTRIES[kind].get(name))
            for check in checks
            if not takes_long(kind, name, check)
        }
    assert found
    assert {check: failure for check, failure in found.items() if failure} == {}


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name", "check"), LONG)
def test_what_a_registry_lists_holds_the_checks_that_take_long(kind, name, check, samples):
    with samples_given(samples):
        assert check.failure(REGISTRIES[kind].get(name)) == ""


def test_a_reader_recognizes_no_file_of_another_published_format(samples):
    for name in samples:
        reader = READERS.get(name)
        others = [one.path for other, files in samples.items() for one in files if other != name]
        recognized = [path.name for path in others if reader().recognizes(path)]
        assert recognized == [] or not reader.names_itself, name


def test_every_kind_that_is_listed_has_a_suite():
    assert suites().keys() == REGISTRIES.keys()


def test_no_kind_has_two_checks_of_one_name():
    for suite in suites().values():
        names = [check.name for check in suite.checks]
        assert len(set(names)) == len(names)


@pytest.mark.slow
def test_every_invalid_value_of_every_setting_of_all_that_is_listed_is_refused():
    ran = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True, cwd=PROJECT)
    found = json.loads(ran.stdout)
    slots = {kind: registry for kind, registry in REGISTRIES.items() if issubclass(registry.base, Slot)}
    assert {f"{kind} {name}" for kind, registry in slots.items() for name in registry.names()} == found.keys()
    assert {key: failure for key, failure in found.items() if failure} == {}
