"""The page as text, and as a browser sees it."""

import re
import shutil

import pytest

from bench.report.page import page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def text(report):
    return page(report)


def test_the_page_names_truth_preset_population_and_images(text):
    assert "Truth nb201/digits/test/30ep, population connected-500" in text
    assert "preset smoke" in text
    assert "128 images of digits/train, held out" in text


def test_a_run_stands_in_the_table_once_by_each_score(text):
    body = re.search(r"<tbody>(.*?)</tbody>", text, re.S).group(1)
    rows = re.findall(r"<tr.*?</tr>", body, re.S)
    assert sum("<td>baseline</td>" in row for row in rows) == 2
    assert sum("<td>no Zero</td>" in row for row in rows) == 2
    assert sum("(trivial)" in row for row in rows) >= 3


def test_missing_rows_and_seeds_are_visible(text):
    assert "no Skip: 2 of 3 seeds" in text
    assert "no 1x1: 0 of 3 seeds" in text
    assert "Not answered yet: no row beside the first is stored." in text, "study dropout"


def test_the_page_asks_the_network_for_nothing(text):
    assert not re.findall(r'(?:src|href)="(?!#|data:)', text)
    assert "http" not in re.sub(r'base64,[^"]+', "", text)


def test_figures_are_inside_where_there_is_something_to_compare(text, report):
    drawn = {section.study.name: len(section.figures) for section in report.sections}
    assert drawn == {"baseline": 2, "masking": 3, "dropout": 0}
    assert text.count("data:image/png;base64,") == 5


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
    return [row.locator("td").nth(index).inner_text() for row in tab.locator("#rows tbody tr:visible").all()]


@pytest.mark.browser
def test_a_browser_opens_the_page_without_a_word_on_the_console(opened):
    tab, said = opened
    assert tab.title() == "supernet-bench: preset smoke"
    assert said == []


@pytest.mark.browser
def test_a_click_sorts_by_a_column_and_a_second_one_turns_it_round(opened):
    tab, _ = opened
    head = tab.locator("#rows th", has_text="tau-b ↑").first
    head.locator("button").click()
    falling = [float(cell.split()[0]) for cell in column(tab, 6)]
    assert falling == sorted(falling, reverse=True)
    head.locator("button").click()
    rising = [float(cell.split()[0]) for cell in column(tab, 6)]
    assert rising == sorted(rising)
    assert len(rising) == len(falling)


@pytest.mark.browser
def test_the_filter_keeps_the_rows_that_hold_all_words(opened):
    tab, _ = opened
    tab.fill("#filter", "masking accuracy zero")
    assert column(tab, 1) == ["no Zero"]
    assert tab.locator("#count").inner_text().startswith("1 of ")
    tab.fill("#filter", "")
    assert len(column(tab, 1)) > 8


@pytest.mark.browser
def test_the_page_prints(opened):
    tab, _ = opened
    assert tab.pdf().startswith(b"%PDF")
    tab.emulate_media(media="print")
    assert not tab.locator("#filter").is_visible()
    assert tab.locator("#rows").is_visible()
