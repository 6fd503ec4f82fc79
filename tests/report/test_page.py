"""The page as text, and as a browser sees it."""

import base64
import csv
import hashlib
import html
import io
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from bench.errors import DataError
from bench.places import data_folder
from bench.population import Population
from bench.recipe.preset import find_preset
from bench.report.build import build
from bench.report.leaderboard import board
from bench.report.page import page
from bench.runs.plan import plan
from bench.runs.store import Run
from bench.scores.ceiling import CEILING_ROW
from bench.spaces.darts import Darts
from bench.study.study import STUDIES
from bench.tables.catalog import open_table
from bench.tables.table import Table
from bench.truth import Truth

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = pytest.mark.usefixtures("few_resamples")


def undrawn(name):
    """Return a study without its figures, for tests of tables and texts: figures take seconds."""
    return replace(STUDIES.get(name), figures=())


@pytest.fixture(scope="module")
def text(report):
    return page(report)


def test_the_page_names_truth_preset_population_and_images(text):
    assert "Truth nb201/digits/test/30ep, population connected-500" in text
    assert "Preset smoke" in text
    assert "128 images of digits/train, held out" in text


def test_the_first_lines_count_the_recipes_above_the_best_trivial_predictor(text, report):
    for part in report.parts:
        found = board(part)
        taus = [line.row.scores["kendall-tau-b"] for line in found.repeated]
        above = sum(one.value > found.trivial.tau for one in taus)
        sure = sum(one.low > found.trivial.tau for one in taus)
        assert (found.above_trivial, found.wholly_above_trivial) == (above, sure)
        if len(taus) > 1 and above:
            assert f"a higher tau-b, {sure or 'none'} with the whole interval above it" in text


def test_masked_rows_have_the_best_trivial_predictor_of_their_own_space(text):
    table = text[text.index("What each tau is made of") :]
    rows = re.findall(r"<tr.*?</tr>", table[: table.index("</table>")], re.S)
    assert "best trivial, own space" in rows[0]
    cells = {re.findall(r"<td>(.*?)</td>", row)[1]: row.rsplit("<td", 1)[1] for row in rows[1:]}
    assert re.search(r">[\w-]+ 0\.\d\d \[", cells["no Zero"])
    assert cells["baseline"].endswith('data-value="nan"></td></tr>')


def lines_of(text, kind):
    body = re.search(rf'<tbody class="{kind}">(.*?)</tbody>', text, re.S).group(1)
    return [re.findall(r"<td.*?>(.*?)</td>", row, re.S) for row in re.findall(r"<tr.*?</tr>", body, re.S)]


def test_a_recipe_stands_in_the_leaderboard_once_with_its_tau_by_the_other_score(text, report):
    lines = lines_of(text, "ranked")
    assert [line[1] for line in lines].count("baseline") == 1
    assert [line[1] for line in lines].count("no Zero") == 1
    by_accuracy, by_loss = (row for row in report.parts[0].sections[0].rows if row.name == "baseline")
    [baseline] = [line for line in lines if line[1] == "baseline"]
    assert baseline[8] == by_accuracy.by
    assert baseline[2].startswith(f"{by_accuracy.scores['kendall-tau-b'].value:.2f} [")
    assert f"{by_loss.scores['kendall-tau-b'].value:.2f} [" in baseline[10]
    assert by_loss.by in baseline[10]


def test_the_references_are_pinned_above_the_recipes_and_masked_rows_are_not_ranked(text):
    pinned, lines = lines_of(text, "pinned"), lines_of(text, "ranked")
    assert sum("(trivial)" in line[1] for line in pinned) >= 3
    assert pinned[0][1] == CEILING_ROW
    assert not [line for line in lines if "(trivial)" in line[1]]
    assert {line[1]: line[0] for line in lines} == {"baseline": "1", "no Zero": "-", "no Pool": "-", "no Skip": "-"}


def test_the_page_opens_with_the_best_recipe_its_cost_the_best_trivial_predictor_and_the_ceiling(text, report):
    opening = text[: text.index("<nav>")]
    [part] = report.parts
    best = board(part).ranked[0]
    assert (
        f'Best of 1 recipe with several seeds: <a href="#baseline">{best.row.name}</a>, tau-b {best.tau:.2f} ['
        in opening
    )
    assert f"{best.minutes} minutes of one core per seed" in opening
    assert f"Trivial: {board(part).trivial.row.name.removesuffix(' (trivial)')}, without any training" in opening
    assert f"ranks with {board(part).ceiling.tau:.2f} [" in opening
    assert f"({part.population}, n = 500, " in opening
    assert opening.count("n = 500") == 3


def test_recipes_are_ranked_by_tau_and_the_front_holds_those_that_no_cheaper_one_beats(report):
    [part] = report.parts
    [section, *_] = part.sections
    row = next(row for row in section.rows if row.by == "accuracy")

    def like(name, tau, minutes):
        value = replace(row.scores["kendall-tau-b"], value=tau, seeds=1 if name == "once" else 3)
        cost = replace(row.cost, minutes=minutes)
        return replace(row, name=name, cost=cost, scores={**row.scores, "kendall-tau-b": value})

    rows = (like("slow", 0.9, 9.0), like("quick", 0.5, 1.0), like("poor", 0.4, 2.0), like("once", 0.99, 0.5))
    study = replace(section.study, rows=tuple(replace(section.study.rows[0], name=row.name) for row in rows))
    runs, others = {row.name: row.name for row in rows}, {row.name: {} for row in rows}
    made = replace(section, study=study, rows=rows, runs=runs, others=others)
    found = board(replace(part, sections=(made,)))
    assert [(line.rank, line.row.name) for line in found.ranked] == [
        (1, "once"),
        (2, "slow"),
        (3, "quick"),
        (4, "poor"),
    ]
    assert [line.row.name for line in found.repeated] == ["slow", "quick", "poor"], "one seed decides nothing"
    assert [line.row.name for line in found.front] == ["quick", "slow"]


def test_a_row_of_several_studies_is_listed_under_one_that_compares_recipes_before_those_that_search(report):
    [part] = report.parts
    [section, *_] = part.sections
    search = replace(section.study, name="search-it", searches=STUDIES.get("search-constraints").searches)
    found = board(replace(part, sections=(replace(section, study=search), section)))
    assert {line.study for line in found.ranked} == {section.study.name}
    assert {line.study for line in board(replace(part, sections=(replace(section, study=search),))).ranked} == {
        "search-it"
    }


def test_a_map_shows_the_bias_of_the_best_recipe_and_of_the_best_trivial_predictor(report, text):
    [part] = report.parts
    assert [one.name for one in part.bias] == ["baseline", board(part).trivial.row.name]
    [baseline, _] = part.bias
    assert text.count('<table class="map">') == 2
    assert (baseline.n, baseline.seeds) == (500, 3)
    assert [choice for choice, _ in baseline.lines] == list(STUDIES.get("baseline").baseline.space.choices[0])
    shades = [shade for _, cells in baseline.lines for _, shade in cells]
    assert max(map(abs, shades)) == 4


def test_supernet_accuracy_stands_beside_every_tau_and_a_row_at_chance_is_said_to_be(report, text):
    assert text.count("accuracy - chance, %") == 1
    assert len(re.findall(r">\d\d\.\d - 10 = \d\d\.\d</td>", text)) == 4
    assert " is at chance" not in text
    [part] = report.parts
    rows = tuple(
        replace(row, accuracy=row.accuracy and replace(row.accuracy, by_seed=(9.0,))) for row in part.sections[1].rows
    )
    told = page(replace(report, parts=(replace(part, sections=(replace(part.sections[1], rows=rows),)),)))
    assert told.count("no Zero&#39; is at chance: mean accuracy 9.0 %") == 1


def test_missing_rows_and_seeds_are_visible(text):
    assert "no Skip: 2 of 3 seeds" in text
    assert "no 1x1: 0 of 3 seeds" in text
    assert "Not answered yet: no row other than the first is stored." in text, "study dropout"


def test_a_study_without_a_run_is_listed_with_the_command_that_makes_one(text):
    left = text[text.index('id="without-runs"') :]
    assert "channel-sampling: " in left
    assert "supernet-bench run channel-sampling --preset smoke" in left
    assert "supernet-bench run masking" not in left


def test_the_page_asks_the_network_for_nothing(text):
    assert not re.findall(r'(?:src|href)="(?!#|data:)', text)
    assert "http" not in re.sub(r'base64,[^"]+|http-equiv', "", text)


def test_the_policy_of_the_page_allows_its_own_script_and_style_only(text):
    [policy] = re.findall(r'<meta http-equiv="Content-Security-Policy" content="(.*?)">', text)
    rules = dict(rule.split(" ", 1) for rule in html.unescape(policy).split("; "))
    for tag in ("script", "style"):
        [content] = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.S)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert rules.pop(f"{tag}-src") == f"'sha256-{digest}'"
    assert rules.pop("img-src") == "data:"
    assert set(rules.values()) == {"'none'"}
    assert not re.findall(r"<[^>]+ (?:style|on\w+)=", text), "which the policy would block"


def test_figures_are_inside_where_there_is_something_to_compare(text, report):
    drawn = {section.study.name: len(section.figures) for part in report.parts for section in part.sections}
    assert drawn == {"baseline": 2, "masking": 1, "dropout": 0}
    assert text.count("data:image/webp;base64,") == 3


@pytest.mark.slow
def test_rows_of_different_truths_stand_in_different_tables(results, with_track1, pretend, tmp_path_factory):
    """Made-up runs of a channel study beside those of the cells: another truth, another table, said in red."""
    folder = tmp_path_factory.mktemp("both")
    smoke, studies = find_preset("smoke"), [undrawn(name) for name in ("channel-sampling", "baseline")]
    for study in studies:
        for planned in plan(study, smoke, None, folder):
            for run in planned.runs[:2]:
                pretend(run, 1.0, open_table(study.truth, with_track1) if study.name != "baseline" else None)
    found = build(studies, smoke, folder, lambda name: open_table(name, with_track1))
    assert [str(part.truth) for part in found.parts] == ["nb201/digits/test/30ep", "track1/cifar100/test/stand-alone"]
    told = page(found)
    assert told.count("images: digits, truth: CIFAR-100") >= 2
    cells, cell_sizes, channels, channel_sizes = re.findall(r'<table class="rows">(.*?)</table>', told, re.S)
    assert "tau with size" in cell_sizes
    assert "tau with size" in channel_sizes
    assert "tau in the source" in channels
    assert "tau in the source" not in cells
    assert "0.7655" in channels
    assert "sum-of-widths (trivial)" in channels
    assert "sum-of-widths" not in cells


@pytest.mark.slow
def test_a_study_is_also_scored_against_its_other_truths(pretend, tmp_path):
    """The made-up predictions are the truths themselves."""
    study, laptop, space = undrawn("darts-baselines"), find_preset("laptop"), Darts()
    genes = np.unique(space.sample(np.random.default_rng(0), 80), axis=0)
    both = Table(
        name=str(study.truth),
        genes=genes,
        accuracy=np.linspace(10, 90, len(genes), dtype=np.float32)[:, None],
        seeds=("0",),
        source="drawn",
    )
    halves = [slice(0, 50), slice(50, None)]
    names = [str(study.truth), *map(str, study.others)]
    tables = {
        name: replace(both, name=name, genes=genes[half], accuracy=both.accuracy[half])
        for name, half in zip(names, halves, strict=True)
    }
    study = replace(study, rows=study.rows[:2])
    for planned in plan(study, laptop, (0,), tmp_path):
        pretend(planned.runs[0], 0.0, both)
    found = build([study], laptop, tmp_path, lambda truth: tables[str(truth)])
    [part] = found.parts
    assert [str(other) for other in part.other_truths] == names[1:]
    [section] = part.sections
    assert section.others == {row.name: {study.others[0]: pytest.approx(1.0)} for row in study.rows}
    assert names[1] in page(found)


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (chromium, chromium-browser or google-chrome)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)


@pytest.fixture
def opened(browser, text, tmp_path):
    """Return the opened page, and what its console said."""
    (tmp_path / "report.html").write_text(text)
    tab, said = browser.new_page(), []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto((tmp_path / "report.html").as_uri())
    yield tab, said
    tab.close()


def column(tab, index):
    rows = tab.locator("table.rows").first.locator("tbody.ranked tr:visible")
    return [row.locator("td").nth(index).inner_text() for row in rows.all()]


@pytest.mark.slow
@pytest.mark.browser
def test_a_browser_opens_the_page_without_a_word_on_the_console(opened):
    tab, said = opened
    assert tab.title() == "supernet-bench: preset smoke"
    assert said == []


@pytest.mark.browser
def test_a_script_that_got_into_the_page_is_not_run(browser, text, tmp_path):
    (tmp_path / "report.html").write_text(text.replace("</h1>", "</h1><script>document.title = 'it ran'</script>", 1))
    tab = browser.new_page()
    tab.goto((tmp_path / "report.html").as_uri())
    assert tab.title() == "supernet-bench: preset smoke"
    tab.close()


@pytest.mark.browser
def test_a_click_sorts_by_a_column_and_a_second_one_turns_it_round(opened):
    tab, _ = opened
    head = tab.locator("table.rows th", has_text="tau-b ↑").first
    place = head.evaluate("cell => cell.cellIndex")
    head.locator("button").click()
    falling = [float(cell.split()[0]) for cell in column(tab, place)]
    assert falling == sorted(falling, reverse=True)
    head.locator("button").click()
    rising = [float(cell.split()[0]) for cell in column(tab, place)]
    assert rising == sorted(rising)
    assert len(rising) == len(falling)


@pytest.mark.browser
def test_the_filter_keeps_the_rows_that_hold_all_words(opened):
    tab, _ = opened
    tab.fill("#filter", "masking accuracy zero")
    assert column(tab, 1) == ["no Zero"]
    assert tab.locator("#count").inner_text().startswith("1 of ")
    tab.fill("#filter", "")
    assert len(column(tab, 1)) == 4


@pytest.mark.slow
@pytest.mark.browser
def test_the_page_prints(opened):
    tab, _ = opened
    assert tab.pdf().startswith(b"%PDF")
    tab.emulate_media(media="print")
    assert not tab.locator("#filter").is_visible()
    assert tab.locator("table.rows").first.is_visible()


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_no_wider_than_the_window(opened, width):
    tab, said = opened
    tab.set_viewport_size({"width": width, "height": 844})
    tab.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert said == []


@pytest.mark.slow
@pytest.mark.browser
def test_a_space_is_chosen_and_the_others_are_hidden(opened):
    tab, _ = opened
    assert tab.locator("#space option").all_inner_texts() == ["all spaces", "nb201"]
    tab.evaluate("document.querySelectorAll('.part').forEach((part) => { part.dataset.space = 'other'; })")
    tab.select_option("#space", "nb201")
    assert tab.locator("#count").inner_text().startswith("0 of ")
    tab.select_option("#space", "")
    assert not tab.locator("#count").inner_text().startswith("0 of ")


@pytest.mark.slow
@pytest.mark.browser
def test_the_leaderboard_is_copied_as_csv_and_latex(opened):
    tab, _ = opened
    tab.locator("button.copy", has_text="CSV").first.click()
    area = tab.locator("textarea.copied").first
    head, *lines = list(csv.reader(io.StringIO(area.input_value())))
    assert {len(line) for line in lines} == {len(head)}
    assert [line[1] for line in lines if line[0] == "1"] == ["baseline"]
    tab.locator("button.copy", has_text="LaTeX").first.click()
    text = area.input_value()
    assert text.startswith(f"\\begin{{tabular}}{{{'l' * len(head)}}}")
    assert "P@5\\% $\\uparrow$" in text
    assert text.count(r" \\") == len(lines) + 1


@pytest.mark.slow
def test_a_study_whose_figure_speaks_is_answered_by_it(tmp_path, pretend):
    study, smoke = STUDIES.get("supernet-accuracy"), find_preset("smoke")
    for noise, planned in enumerate(plan(study, smoke, (0, 1), tmp_path)[:3], 1):
        for run in planned.runs:
            pretend(run, float(noise))
    found = build([study], smoke, tmp_path, lambda name: open_table(name, data_folder()))
    [section] = found.parts[0].sections
    assert [figure.name for figure in section.figures] == ["proxy"]
    pattern = r"Mean supernet accuracy and sparse tau agree over runs by tau-b (.*) \[.*\], 6 runs of 3 rows."
    said = re.fullmatch(pattern, section.sentence)
    assert -1 <= float(said.group(1)) <= 1


@pytest.mark.slow
def test_a_damaged_run_is_named_and_the_others_shown(results, monkeypatch):
    smoke, studies = find_preset("smoke"), [undrawn("masking")]
    [broken] = [p.runs[2] for p in plan(studies[0], smoke, None, results) if p.row.name == "no Zero"]
    told = {broken: "predictions.h5 has another sha256"}
    monkeypatch.setattr(Run, "damage", property(lambda run: told.get(run, "")))
    found = build(studies, smoke, results, lambda truth: open_table(truth, data_folder()))
    [[section]] = [part.sections for part in found.parts]
    line = "no Zero, seed 2 is damaged: predictions.h5 has another sha256"
    assert {line, "no Zero: 2 of 3 seeds"} <= set(section.missing)
    assert page(found).count(line) == 2, "beside its study and in the list of damaged files"


@pytest.mark.slow
def test_a_damaged_table_is_named_and_costs_its_own_studies_and_columns_alone(results):
    smoke, other = find_preset("smoke"), Truth.parse("nb201/broken/test/30ep")
    away = replace(undrawn("masking"), name="away", truth=Truth.parse("nb201/broken/test/200ep"))
    smaller = replace(smoke, truth=None)

    def tables(truth):
        if truth.dataset == "broken":
            raise DataError("30ep.h5 was changed")
        return open_table("nb201/digits/test/30ep", data_folder())

    study = replace(undrawn("masking"), truth="nb201/digits/test/30ep")
    found = build([study, away], smaller, results, tables, lambda truth: [other])
    [part] = found.parts
    assert ([section.study for section in part.sections], part.other_truths) == ([study], ())
    told = page(found)
    assert told.count("is damaged: 30ep.h5 was changed") == 2
    assert "table &#39;nb201/broken/test/200ep&#39; is damaged" in told


def test_a_study_without_a_truth_is_listed_and_not_scored(results):
    study = replace(STUDIES.get("masking"), truth=None)
    found = build([study], find_preset("smoke"), results, lambda truth: open_table(truth, data_folder()))
    assert (found.parts, found.without_truth) == ((), (study,))
    assert "Studies with runs but without a ground truth" in page(found)


@pytest.mark.slow
def test_a_study_whose_table_is_not_stored_costs_that_study_alone(results, report):
    away = replace(undrawn("masking"), name="away", truth=Truth.parse("nb201/away/test/200ep"))
    smaller = replace(find_preset("smoke"), truth=None)
    here = replace(undrawn("masking"), truth="nb201/digits/test/30ep")
    found = build([here, away], smaller, results, lambda truth: open_table(truth, data_folder()))
    assert [section.study.name for part in found.parts for section in part.sections] == [here.name]
    [line] = found.without_table
    assert line.startswith("away: unknown table 'nb201/away/test/200ep'")
    assert "data add" in line
    built = replace(away, built=True, searches=STUDIES.get("bits-search").searches)
    [line] = build([here, built], smaller, results, lambda truth: open_table(truth, data_folder())).without_table
    assert "'supernet-bench table build nb201/away/test/200ep --found away" in line
    told = page(found)
    assert "Studies with runs whose ground truth is not stored here" in told
    assert "Studies with runs whose ground truth is not stored here" not in page(report)


@pytest.mark.slow
def test_the_page_says_how_much_of_its_space_a_truth_covers(report):
    [part, *others] = report.parts
    told = page(replace(report, parts=(replace(part, coverage="3 of 15,625"), *others)))
    assert f"Truth {part.truth} (3 of 15,625 architectures), population" in told


@pytest.mark.slow
def test_the_part_of_a_study_takes_the_coverage_of_its_table(results):
    whole = open_table("nb201/digits/test/30ep", data_folder())
    inside = Population("connected-500", whole.space).among(whole.genes)
    few = replace(whole, genes=whole.genes[inside], accuracy=whole.accuracy[inside])
    [part] = build([undrawn("baseline")], find_preset("smoke"), results, lambda truth: few).parts
    assert part.coverage == "500 of 15,625"
