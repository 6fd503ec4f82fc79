from bench.analysis.results_words import about_size, arrow_of
from bench.scores.seeds import MEAN_TREND
from bench.scores.size import EQUAL_SIZE, OF_SIZE_ITSELF, WITH_SIZE
from bench.truth import Truth


def test_every_metric_of_the_tables_has_its_direction_and_what_describes_has_none():
    names = ("kendall-tau-b", "top-n-trend", MEAN_TREND, EQUAL_SIZE, WITH_SIZE, OF_SIZE_ITSELF)
    assert [arrow_of(name) for name in names] == ["↑", "↓", "↓", "↑", "", ""]


def test_the_caption_names_the_cost_that_is_the_size():
    assert about_size(Truth.parse("nb201/cifar10/test/200ep")).startswith("Size: live-params. ")
    assert about_size(Truth.parse("macro/cifar10/test/50ep")).startswith("Size: params. ")
