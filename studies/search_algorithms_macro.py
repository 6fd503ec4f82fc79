"""What do searches on a supernet of NAS-Bench-Macro find, after how many evaluations?"""

from dataclasses import replace

from bench.figures.found import FOUND
from bench.figures.search_over_evaluations import SEARCH_OVER_EVALUATIONS
from bench.study.searching import Searching
from bench.study.study import Study
from studies.macro_baselines import STUDY as MACRO
from studies.search_algorithms import EVERY, LARGEST, SPOS

UNIFORM = MACRO.rows[0]

STUDY = Study(
    name="search-algorithms-macro",
    question="Does evolution find better networks of NAS-Bench-Macro than random search?",
    source=f"{SPOS}, sec. 3.4 and Figure 2",
    truth="macro/cifar10/test/50ep",
    baseline=MACRO.baseline,
    seeds=(0, 1, 2),
    rows=(replace(UNIFORM, score="accuracy"), replace(UNIFORM, name="uniform, by cross-entropy")),
    figures=(SEARCH_OVER_EVALUATIONS, FOUND),
    searches=(Searching(name="1,000 networks", by=EVERY, beside={LARGEST: "22222222"}),),
)
