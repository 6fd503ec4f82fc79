"""What do searches on a supernet of the size space of NATS-Bench find, after how many evaluations?"""

from dataclasses import replace

from bench.figures.found import FOUND
from bench.figures.search_over_evaluations import SEARCH_OVER_EVALUATIONS
from bench.study.searching import Searching
from bench.study.study import Study
from studies.search_algorithms import EVERY, LARGEST, SPOS
from studies.sss_sampling import STUDY as SSS

FAIR, UNIFORM = SSS.rows[:2]

STUDY = Study(
    name="search-algorithms-sss",
    question="Does evolution find better widths than random search in the size space?",
    source=f"{SPOS}, sec. 3.4 and Figure 2",
    truth=SSS.truth,
    baseline=SSS.baseline,
    seeds=(0, 1, 2),
    rows=(replace(FAIR, reported=None), replace(UNIFORM, reported=None)),
    figures=(SEARCH_OVER_EVALUATIONS, FOUND),
    searches=(Searching(name="1,000 widths", by=EVERY, beside={LARGEST: "64:64:64:64:64"}),),
)
