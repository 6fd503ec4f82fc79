"""What does a search for the widths of ShuffleNet blocks find, with given blocks, and together with the blocks?"""

from dataclasses import replace

from bench.figures.found_table import Line, found_table
from bench.figures.search_over_evaluations import SEARCH_OVER_EVALUATIONS
from bench.sample.paths.flops_constrained import FlopsConstrained
from bench.search.searchers.evolution import Evolution
from bench.search.searchers.random import Random
from bench.spaces.shufflenet import PLACES, SCALES, WHOLE
from bench.spaces.shufflenet_scales import ShufflenetScales
from bench.study.searching import Searching
from bench.study.study import Row, Study
from studies.search_algorithms import SPOS
from studies.shufflenet_search import LIMIT, everywhere
from studies.shufflenet_widths import SCALES as WIDTHS

THREE = everywhere(0)
PUBLISHED = "[0,0,3,1,1,1,0,0,2,0,2,1,1,0,2,0,2,1,3,2]"
"""The blocks that the paper's block search found; the published code."""
SEARCHED, SELECTED = "at most 330 M", "random select"
OF_THREE, OF_FOUND, JOINT = "widths of 3x3 blocks", "widths of the published blocks", "blocks and widths"
WHOLE_WIDTH = f"[{','.join([str(SCALES.index(WHOLE))] * PLACES)}]"
BY = "negative-cross-entropy"
OF_WIDTHS = replace(WIDTHS, paths=FlopsConstrained())

TABLE_4 = found_table(
    "table-4",
    "papers/single-path-one-shot, Table 4. Differs: images of 16x16, an eighth of the epochs; the paper searches "
    "widths on the blocks that its own search found, ours on the same published ones",
    (
        Line(label="all choice_3", search=SEARCHED, row=OF_THREE, searcher="all choice_3", printed=73.4,
             printed_cost="324M"),
        Line(label="random channels", search=SELECTED, row=OF_THREE, searcher="random", printed=73.1,
             printed_cost="~323M"),
        Line(label="choice_3, random search", search=SEARCHED, row=OF_THREE, searcher="random"),
        Line(label="choice_3 + channel search", search=SEARCHED, row=OF_THREE, searcher="evolution", printed=73.9,
             printed_cost="329M"),
        Line(label="random blocks + channels", search=SELECTED, row=JOINT, searcher="random", printed=73.4,
             printed_cost="~325M"),
        Line(label="block search", search=SEARCHED, row=OF_THREE, searcher="published blocks", printed=74.3,
             printed_cost="319M"),
        Line(label="block search + channel search", search=SEARCHED, row=OF_FOUND, searcher="evolution", printed=74.7,
             printed_cost="328M"),
        Line(label="blocks and channels at once", search=SEARCHED, row=JOINT, searcher="evolution"),
    ),
    scale=1e6,
    unit="M",
    cost="FLOPs",
)  # fmt: skip

STUDY = Study(
    name="channel-search",
    question="Does a search find better widths than one width everywhere, and is it better to search blocks first?",
    source=f"{SPOS}, Table 4",
    truth="shufflenet-scales/cifar10/test/4ep",
    built=True,
    baseline=replace(OF_WIDTHS, space=ShufflenetScales(blocks=THREE)),
    seeds=(0, 1, 2),
    rows=(
        Row(OF_THREE, replace(OF_WIDTHS, space=ShufflenetScales(blocks=THREE)), "sec. 4: channel search", score=BY),
        Row(
            OF_FOUND,
            replace(OF_WIDTHS, space=ShufflenetScales(blocks=PUBLISHED)),
            "sec. 4: channel search on the best blocks",
            score=BY,
        ),
        Row(JOINT, OF_WIDTHS, "sec. 4: search in the combined space", score=BY),
    ),
    figures=(TABLE_4, SEARCH_OVER_EVALUATIONS),
    searches=(
        Searching(
            name=SEARCHED,
            by=(Random(), Evolution()),
            constraints=(LIMIT,),
            seeds=(0,),
            beside={"all choice_3": f"{THREE}+{WHOLE_WIDTH}", "published blocks": f"{PUBLISHED}+{WHOLE_WIDTH}"},
        ),
        Searching(name=SELECTED, by=(Random(),), budget=1, constraints=(LIMIT,)),
    ),
)
