"""`list` and `show`: every kind, what a sampler needs of a space, and what each setting allows."""

import csv
import dataclasses
import io
import json

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.cli.folded import pieces
from bench.cli.look import REGISTRIES
from bench.cli.show_study import print_study
from bench.errors import UnknownName
from bench.registry import load_plugin
from bench.slot import Slot
from bench.spaces import SPACES
from bench.study.study import STUDIES

pytestmark = pytest.mark.usefixtures("no_plugins")


def call(*words):
    result = CliRunner().invoke(app, list(words))
    if result.exception:
        raise result.exception
    return result.output


def shown(name):
    return json.loads(call("show", name, "--json"))


def test_every_kind_is_listed_with_a_line_for_each_name():
    listed = json.loads(call("list", "--json"))
    kinds = ["studies", "spaces", "constructs", "norms", "paths", "updates", "optimizers", "schedules", "losses"]
    assert list(listed) == [*kinds, "averagings", "searchers", "metrics", "readers", "presets"]
    for kind, names in listed.items():
        assert names, kind
        for name, about in names.items():
            assert about.strip(), f"{kind} {name} says nothing of itself"


def test_spaces_are_listed_by_what_they_are():
    listed = json.loads(call("list", "spaces", "--json"))["spaces"]
    assert {name: about.split(":")[0] for name, about in listed.items()} == {
        "bits": "Mixed precision",
        "darts": "DARTS",
        "macro": "NAS-Bench-Macro",
        "mbconv": "Inverted bottlenecks with squeeze-and-excitation",
        "nats-sss": "NATS-Bench size",
        "nb101": "NAS-Bench-101",
        "nb201": "NAS-Bench-201",
        "shufflenet": "ShuffleNet blocks of Single path one-shot",
        "shufflenet-scales": "ShuffleNet blocks and their widths",
        "track1": "CVPR 2021 track 1",
    }


def test_the_kind_of_samplers_is_called_paths():
    assert "strict-fair" in call("list", "paths")
    with pytest.raises(UnknownName, match="unknown kind 'samplers'"):
        call("list", "samplers")


def test_show_of_a_space_says_what_a_sampler_needs():
    cells = shown("nb201")
    assert cells["decisions"] == 6
    assert cells["choices"] == {"0-5": "0 none, 1 skip_connect, 2 nor_conv_1x1, 3 nor_conv_3x3, 4 avg_pool_3x3"}
    assert cells["decision names"] == ["0-1", "0-2", "1-2", "0-3", "1-3", "2-3"]
    assert "allowed" not in cells, "nothing is masked"
    assert cells["valid"] == "every combination"
    assert cells["size"] == 15625
    assert cells["costs"] == ["params", "live-params", "flops", "conv-3x3"]
    assert cells["canonical form"] == "one per sub-network of a supernet"
    assert cells["construct"] == "nb201-net"
    assert cells["sizes"]["laptop"] == "cells=1, width=8, resolution=16, reduction='pooled'"
    assert list(cells["sizes"]) == ["smoke", "demo", "laptop", "paper", "full"]


def test_equal_decisions_stand_in_one_line():
    widths = shown("track1")["choices"]
    assert list(widths) == ["0-6", "7-12", "13-18"]
    assert widths["0-6"] == "0 4, 1 8, 2 12, 3 16"
    assert list(shown("bits")["choices"]) == ["0, 2, ..., 16", "1, 3, ..., 17"]
    assert list(shown("darts")["choices"]) == ["0-1, 8-9", "2-3, 10-11", "4-5, 12-13", "6-7, 14-15"]


def test_choices_that_a_line_before_has_said_are_not_said_again():
    assert "  7-12: those of 0-6, then 4 20, 5 24, 6 28, 7 32" in call("show", "track1").splitlines()


def test_a_choice_stays_beside_its_number(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    told = call("show", "darts")
    assert "\n    4 sep_conv_3x3@0, 5" in told
    assert "\N{NO-BREAK SPACE}" not in told


@pytest.mark.parametrize("name", SPACES.names())
def test_a_space_names_its_decisions_and_shows_the_choices_of_all(name):
    found, space = shown(name), SPACES.get(name)()
    assert found.get("decision names", list(map(str, range(1, space.decisions + 1)))) == list(space.decision_names)
    assert len(set(space.decision_names)) == space.decisions
    assert len(found["choices"]) == len(set(space.choices))


@pytest.mark.slow
def test_a_space_without_a_supernet_or_costs_says_so(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from dataclasses import dataclass\n"
        "from bench.spaces import Space\n\n"
        "@dataclass(frozen=True, kw_only=True)\n"
        "class Coin(Space):\n"
        '    """Heads or tails."""\n'
        "    choices = (('heads', 'tails'),)\n"
        "    def parse(self, text): return (int(text),)\n"
        "    def spell(self, arch): return str(arch[0])\n"
        "    def costs(self, genes): return {}\n"
    )
    load_plugin(tmp_path / "mine.py")
    chain = shown("coin")
    assert chain["construct"] == "none: this space has no supernet yet"
    assert chain["costs"] == []
    assert chain["canonical form"] == "none: every architecture is its own"
    assert "sizes" not in chain


@pytest.mark.slow
@pytest.mark.parametrize("name", SPACES.names())
def test_the_extremes_of_a_space_are_spelled(name):
    space = SPACES.get(name)()
    small, large = space.extremes()
    assert space.parse(shown(name)["smallest"]) == tuple(small)
    assert space.parse(shown(name)["largest"]) == tuple(large)


def test_a_setting_is_shown_with_its_default_and_what_it_allows():
    settings = shown("sandwich")["settings"]
    assert settings["between"] == {"default": 3, "allowed": "a whole number, 0 or more"}
    assert settings["reduction"] == {"default": "mean", "allowed": "mean, sum"}
    assert settings["fair"] == {"default": False, "allowed": "True, False"}
    assert shown("sgd")["settings"]["rate"] == {"default": "the preset's", "allowed": "above 0"}
    then = shown("warm-up")["settings"]["then"]
    assert then["default"] == {"is": "cosine", "final": 0.0}
    assert then["allowed"] == "an object of a class derived from Schedule"


def test_a_name_of_two_kinds_names_the_other_one():
    assert shown("local-sharing")["kind"] == "studies"
    assert shown("local-sharing")["also"] == ["updates/local-sharing"]
    assert shown("updates/local-sharing")["kind"] == "updates"
    assert "also: 'supernet-bench show updates/local-sharing'" in call("show", "local-sharing")


@pytest.mark.slow
def test_every_slot_shows_all_its_settings():
    for kind, registry in REGISTRIES.items():
        for name in registry.names():
            entry = registry.get(name)
            if isinstance(entry, type) and issubclass(entry, Slot):
                settings = shown(f"{kind}/{name}")["settings"]
                assert list(settings) == [field.name for field in dataclasses.fields(entry)], name
                assert all(setting["allowed"] for setting in settings.values()), name


def test_shown_for_people_a_setting_is_a_line():
    lines = call("show", "uniform").splitlines()
    assert "  count: default: 1; allowed: a whole number, 1 or more, paths per update" in lines
    assert "  0-5: 0 none, 1 skip_connect, 2 nor_conv_1x1, 3 nor_conv_3x3, 4 avg_pool_3x3" in call("show", "nb201")
    assert "  params, flops, sum-of-widths" in call("show", "track1").splitlines()


@pytest.mark.slow
def test_a_masked_space_of_a_plug_in_shows_the_choices_that_are_left(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from dataclasses import dataclass\nfrom bench.spaces.nb201 import NB201\n"
        "from bench.slot import setting\nfrom bench.allowed import Several, Text\n"
        "@dataclass(frozen=True, kw_only=True)\nclass Convolutions(NB201):\n    '''Two convolutions.'''\n"
        "    mask: tuple[str, ...] = setting(('none', 'skip_connect', 'avg_pool_3x3'), Several(Text()))\n"
    )
    load_plugin(tmp_path / "mine.py")
    found = shown("convolutions")
    assert found["allowed"] == {"0-5": "2 nor_conv_1x1, 3 nor_conv_3x3"}
    assert found["size"] == 64
    assert found["defined at"] == f"{tmp_path / 'mine.py'}:5"


def test_show_of_a_table_says_how_much_of_its_space_and_seeds_it_has():
    digits = shown("nb201/digits/test/30ep")
    assert (digits["kind"], digits["architectures"]) == ("tables", "15,625")
    assert digits["architectures per seed"] == {"0": 15625, "1": 6968, "2": 6968}
    assert len(bytes.fromhex(digits["sha256"])) == 32
    with pytest.raises(UnknownName, match=r"unknown table 'nb201/digits/test/3ep'; did you mean 'nb201/digits/test/30"):
        shown("nb201/digits/test/3ep")


def test_show_of_a_study_is_its_question_and_a_line_per_row(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    told = call("show", "paths-per-update")
    assert told.startswith("paths-per-update: How many paths should an update train")
    lines = [" ".join(line.split()) for line in told.splitlines()]
    assert any(line.startswith("uniform, 1 path, equal passes paths=uniform; epochs times 5 ") for line in lines)
    assert "filled in by preset smoke demo laptop paper full" in lines
    assert "construct.width 2 4 8 32 16" in lines
    assert "epochs 3 100 3 250 100" in lines
    assert "{" not in told


@pytest.mark.parametrize("name", STUDIES.names())
def test_every_study_is_shown_within_80_columns_but_for_its_sentences(name, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    print_study(STUDIES.get(name), "here")
    told = capsys.readouterr().out
    _, ruled, table = told.partition("─")
    assert ruled
    assert max(len(line) for line in table.splitlines() if not line.startswith("baseline: ")) <= 80
    assert all(pieces(row.name.split()[0])[0] in told for row in STUDIES.get(name).rows)


def test_what_every_row_changes_is_said_once(monkeypatch, capsys):
    print_study(STUDIES.get("masking-medium"), "here")
    told = capsys.readouterr().out
    assert "every row: construct.cells times 2; construct.width times 2" in told
    assert told.count("construct.width times 2") == 1


def test_show_of_a_space_names_its_tables_and_studies():
    cells = shown("nb201")
    assert cells["tables"]["nb201/digits/test/30ep"] == "stored"
    assert "baseline" in cells["studies"]
    assert "channel-sampling" not in cells["studies"]
    assert "size: 15,625" in call("show", "nb201").splitlines()


def test_a_list_is_wrapped_within_the_terminal_and_says_all_of_it(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    wrapped = call("list")
    assert max(map(len, wrapped.splitlines())) <= 80
    monkeypatch.delenv("COLUMNS")
    assert wrapped.split() == call("list").split()


def test_show_of_a_metric_is_its_definition_and_range_without_internal_fields():
    told = call("show", "kendall-tau-b/top-50")
    assert "about: Tau-b over the true top `number`" in told
    assert "in tables: top-50 tau-b\n" in told
    assert "range: -1 to 1\n" in told
    assert "computed on: all predictions, as it is of the true top\n" in told
    assert "number: 50" in told
    assert "of_true_top" not in told
    assert "settings" not in call("show", "kendall-tau-b")
    assert "range: any number\n" in call("show", "top-10-minus-top-500")


def test_a_metric_is_listed_by_what_it_is():
    assert all(
        not about.startswith("Return") for about in json.loads(call("list", "metrics", "--json"))["metrics"].values()
    )


def test_show_prints_a_table_for_a_program_or_a_paper():
    rows = list(csv.reader(io.StringIO(CliRunner().invoke(app, ["show", "masking-medium", "--format", "csv"]).stdout)))
    assert rows[0] == ["row", "changes to the baseline", "source", "reported there"][: len(rows[0])]
    assert [row[0] for row in rows[1:]] == [row.name for row in STUDIES.get("masking-medium").rows]
    assert all("construct.width times 2" in row[1] for row in rows[1:])
    told = call("show", "uniform", "--format", "markdown").splitlines()
    assert told[0] == "| what | value |"
    assert "| settings: count | default: 1; allowed: a whole number, 1 or more, paths per update |" in told
    assert "| choices: 0-7 | 0 identity, 1 mb3-k3, 2 mb6-k5 |" in call("show", "macro", "--format", "markdown")


@pytest.mark.parametrize("name", ["macro", "evolution", "laptop", "kendall-tau-b", "masking", "nb201/digits/test/30ep"])
def test_every_kind_is_shown_in_every_format(name):
    for how in ("markdown", "latex", "csv"):
        assert "\n" in call("show", name, "--format", how).strip()
    assert call("show", name, "--format", "json") == call("show", name, "--json")


def test_a_study_names_the_presets_that_are_like_another():
    told = CliRunner().invoke(app, ["show", "reduced-spaces"]).output
    assert "laptop-cifar100: as laptop, with the images of CIFAR-100" in told
