"""The numbers in the sentences of docs/results.md, in its order: which words carry them, and what computes them."""

from bench.scores.size import ADDED, EQUAL_SIZE, GIVEN_SIZE, WITH_SIZE
from tests.docs.told import (
    Agreement,
    Answered,
    Biased,
    Cell,
    Compared,
    Cost,
    Drawn,
    Extremes,
    Kept,
    OwnSpaces,
    Reference,
    Scored,
)

CE = "negative-cross-entropy"
TOP = "precision-at-top/5%"
HALF, CONNECTED, FUNCTIONS = "confirmation", "connected", "functions"
COUNT = "trivial:live-params"
PLAIN = "best-recipe:baseline"
BEST = "best-recipe:best recipe"
SPREAD = "best-recipe:paths spread, linear decay, two checkpoints"
DEEPER = "best-recipe:paths spread, linear decay, two cells per stage"
DISTINCT, LINEAR, OWN_RATES, LONGER, TWICE_ASKED = (
    f"best-recipe:distinct{name}"
    for name in (
        " cells",
        ", linear decay",
        ", own rates",
        ", own rates, 4x epochs",
        ", own rates, 4x epochs, two checkpoints",
    )
)
ONE_PATH = "gradient-methods:uniform, one path"
SPREAD_FAIR = "few-shot:paths spread over convolutions"
SPREAD_ONE = "few-shot:paths spread, one per update, 4x passes"

OPENING = (
    Compared("P@5% is {first}, chance gives .05 and parameters {second}", PLAIN, "trivial:params", metric=TOP),
    Cost("of as many passes, at {times} times the cost", BEST, PLAIN),
    Compared("ranks better than the baseline, by {difference} on the random thousand", BEST, PLAIN),
    Compared("on all {n} connected cells it reaches tau-b {first} against {second}", BEST, PLAIN, on=CONNECTED),
    Compared(
        "P@5% is {first} against {second}, which three seeds do not tell ({difference})",
        *(BEST, PLAIN),
        metric=TOP,
        on=CONNECTED,
    ),
    Compared("the difference in tau-b is {difference} on the random thousand", BEST, COUNT),
    Compared("random thousand, {difference} on all {n} cells ({first}) and", BEST, COUNT, on="all"),
    Compared("and {difference} on the connected ones ({first}), in P@5%", BEST, COUNT, on=CONNECTED),
    Compared("in P@5% there {difference}", BEST, COUNT, metric=TOP, on=CONNECTED),
    Compared("by accuracy, distinct cells {difference}", DISTINCT, PLAIN),
    Compared("the linear decay {difference}", LINEAR, DISTINCT),
    Compared("a rate for each architecture {difference}", OWN_RATES, LINEAR),
    Compared("four times the epochs {difference}", LONGER, OWN_RATES),
    Compared("the second checkpoint nothing, one path {difference}", BEST, TWICE_ASKED),
    Compared("tau with live parameters rises from {second} to {first} (by", BEST, PLAIN, metric=WITH_SIZE),
    Compared("(by cross-entropy {first}). Tau among", BEST, PLAIN, metric=WITH_SIZE, by=CE),
    Compared("equal live parameters is {first} (.26) against", BEST, PLAIN, metric=EQUAL_SIZE),
    Compared("equal live parameters is .29 ({first}) against", BEST, PLAIN, metric=EQUAL_SIZE, by=CE),
    Compared("against {second}, not distinguishable ({difference})", BEST, PLAIN, metric=EQUAL_SIZE),
    Biased("not noise: {share} % of the variance", BEST),
    Compared("its own three seeds give {first}/", BEST, COUNT, on="all"),
    Compared("its own three seeds give .65/{first}.", BEST, COUNT, on="all", by=CE),
)

PER_UPDATE = "paths-per-update"
OWN_BATCHES = "path-sampling:strictly fair, own batches"
TOLD_APART = (
    Compared("at equal forward passes {difference};", f"{PER_UPDATE}:uniform, 15 paths, equal passes", PER_UPDATE),
    Compared("five paths at equal updates {difference}", f"{OWN_BATCHES}, equal updates", "path-sampling"),
    Compared("the updates and their mean {difference}", f"{OWN_BATCHES}, mean", "path-sampling"),
    Compared("Ranking by cross-entropy {difference}", "score-type:by cross-entropy", "score-type"),
    Compared(
        "on 2,000 it is {first} against {second}",
        "score-type:four times the images, by cross-entropy",
        "score-type:four times the images",
    ),
    Compared("rank better at the same cost, {difference}", DISTINCT, PLAIN, by=CE),
    Compared("five fair ones: {difference}, by", f"{PER_UPDATE}:uniform, 1 path, equal passes", PER_UPDATE),
    Compared(
        "five fair ones: +.06 [-.01, .13], by cross-entropy {difference}",
        *(f"{PER_UPDATE}:uniform, 1 path, equal passes", PER_UPDATE),
        by=CE,
    ),
    Compared("at equal updates {difference} by cross", "local-sharing:learned", "local-sharing", by=CE),
    Compared("(by accuracy not distinguishable, {difference})", "local-sharing:learned", "local-sharing"),
    Compared("at equal passes {difference} by acc", "local-sharing:learned, equal passes", "local-sharing"),
    Compared(
        "no difference that three seeds distinguish: {difference}. Nor is there",
        *("local-sharing:learned", "local-sharing:random assignment"),
    ),
    Compared(
        "Nor is there one at equal passes ({difference})",
        *("local-sharing:learned, equal passes", "local-sharing:random assignment, equal passes"),
    ),
    Compared(
        "by accuracy one {second}, two {first}, three .47; two against one is distinguishable, {difference}",
        *("copies:two copies", "copies:one copy"),
    ),
    Compared("three {first}; two against one", "copies:three copies", "copies:one copy"),
    Compared("three against one is not, {difference}", "copies:three copies", "copies:one copy"),
    Compared("three seeds tell ({difference}, +", "pool-size:half", "pool-size"),
    Compared("(-.01 [-.09, .07], {difference}, +", "pool-size:twice", "pool-size"),
    Compared("(-.01 [-.09, .07], +.01 [-.02, .04], {difference}; study", "pool-size:four times", "pool-size"),
    Compared("one topology for all: {difference}", "topology-sharing:free topology", "topology-sharing"),
    Compared("Twice the learning rate {difference}", "learning-rate:twice the rate", "learning-rate"),
    Compared("a checkpoint ensemble {difference}", "averaging:checkpoint ensemble", "averaging"),
    Compared("an affine norm {difference}", "batch-norm:affine", "batch-norm"),
    Compared("tracked statistics {difference}", "batch-norm:tracked", "batch-norm"),
    OwnSpaces("Masking, each row in its own space: without 1x1 convolutions {difference}", "masking:no 1x1", "masking"),
    OwnSpaces("without skips {difference}", "masking:no Skip", "masking"),
    OwnSpaces("without both {difference}", "masking:no Skip, no 1x1", "masking"),
    OwnSpaces("without pools and 3x3 convolutions {difference}", "masking:no Pool, no 3x3", "masking"),
    Answered("rows of the study (q = {q})", "masking:no 1x1"),
    Compared("no row is distinguishable there ({difference}, +", "masking:no 1x1", "masking"),
    Compared("(+.02 [-.13, .17], {difference}, +", "masking:no Skip", "masking"),
    Compared("+.06 [-.02, .14], {difference} and", "masking:no Skip, no 1x1", "masking"),
    Compared("+.04 [-.11, .18] and {difference})", "masking:no Pool, no 3x3", "masking"),
    Compared("tell ({difference} with all operations", "linear-transformers:LT on Skip", "linear-transformers"),
    Compared(
        "operations, {difference} without Zero",
        *("linear-transformers:no Zero, LT on Skip", "linear-transformers:no Zero"),
    ),
    Compared(
        "Zero, {difference} without Zero and pools",
        *("linear-transformers:no Zero, no Pool, LT on Skip", "linear-transformers:no Zero, no Pool"),
    ),
    Compared(
        "they rank worse, by {difference}",
        *("linear-transformers:no Zero", "linear-transformers:no Zero, LT on Skip and Pool"),
    ),
    Answered("(q = {q} in its study)", "linear-transformers:no Zero, LT on Skip and Pool"),
    Compared(
        "with all operations the difference is not distinguishable ({difference}; study",
        *("linear-transformers:LT on Skip and Pool", "linear-transformers"),
    ),
)

FEW_SHOT = (
    Compared(
        "as many passes: {first} against {second}, {difference} by accuracy",
        *("few-shot:pool on edge 2-3 or not", "few-shot"),
    ),
    Compared("three seeds tell: {difference}, from the start", "few-shot:split at edge 0-1", "few-shot"),
    Compared("from the start neither ({difference})", "few-shot:split at edge 0-1 from the start", "few-shot"),
    Compared("by the last two edges neither ({difference} and", "few-shot:split at edge 2-3", "few-shot"),
    Compared("(-.01 [-.05, .04] and {difference})", "few-shot:split at edge 0-3", "few-shot"),
    Compared(
        "a little worse by cross-entropy, {difference} and", "few-shot:skip on edge 0-3 or not", "few-shot", by=CE
    ),
    Compared("-.04 [-.06, -.02] and {difference} (study", "few-shot:split by convolutions", "few-shot", by=CE),
    Biased("operations of the edges: baseline {share} %, split", "few-shot:baseline"),
    Biased("split at the first edge {share} and", "few-shot:split at edge 0-1"),
    Biased("and from the start {share}, at", "few-shot:split at edge 0-1 from the start"),
    Biased("at the last edge {share},", "few-shot:split at edge 2-3"),
    Biased("at the edge from input to output {share},", "few-shot:split at edge 0-3"),
    Biased("pool on the last edge or not {share},", "few-shot:pool on edge 2-3 or not"),
    Biased("skip from input to output or not {share},", "few-shot:skip on edge 0-3 or not"),
    Biased("by the number of convolutions {share}; spread", "few-shot:split by convolutions"),
    Biased("spread paths {share},", SPREAD_FAIR),
    Biased("with the split {share},", "few-shot:split by convolutions, paths spread"),
    Biased("four times the passes {share}.", SPREAD_ONE),
    Compared("at its cost: {first} against {second}, {difference}, by", SPREAD_FAIR, "few-shot"),
    Compared("by cross-entropy {first} against {second}, {difference}, and among", SPREAD_FAIR, "few-shot", by=CE),
    Compared(
        "equal live parameters {first} against {second}, {difference}. It is",
        *(SPREAD_FAIR, "few-shot"),
        metric=EQUAL_SIZE,
    ),
    Scored("both ranks is higher by {value} on", SPREAD_FAIR, metric=ADDED, on=HALF, by=CE),
    Scored("and by {value} with each function counted", SPREAD_FAIR, metric=ADDED, on=FUNCTIONS, by=CE),
    Compared("from the count ({difference} on `confirmation`)", SPREAD_FAIR, COUNT, on=HALF, by=CE),
    Scored("in {minutes} minutes of one core, it is above", SPREAD_ONE),
    Compared("random thousand: {first} against {second}, {difference}, by", SPREAD_ONE, COUNT),
    Compared("by cross-entropy {first}, {difference}. On", SPREAD_ONE, COUNT, by=CE),
    Compared("it is not distinguishable ({difference}, {first} against {second}), nor", SPREAD_ONE, COUNT, on=HALF),
    Compared("nor is P@5%, {first} against {second} by cross-entropy", SPREAD_ONE, COUNT, metric=TOP, on=HALF, by=CE),
    Compared("from the second: {first}, {difference}.", SPREAD, SPREAD_ONE),
    Compared("equal live parameters, {first} against {second}, {difference}, is not", SPREAD, BEST, metric=EQUAL_SIZE),
    Compared("is not distinguishable from it by tau-b ({difference})", SPREAD, BEST),
    Scored("count of live parameters {value} on `conf", SPREAD, metric=ADDED, on=HALF, by=CE),
    Scored("by cross-entropy and {value} with each", SPREAD, metric=ADDED, on=FUNCTIONS),
    Compared("{first} against {second} on `confirmation`, {difference}, .69", SPREAD, COUNT, on=HALF, by=CE),
    Compared("{first} against {second} on the random thousand, {difference}; P@5%", SPREAD, COUNT),
    Compared("P@5% is {first} there against {second}. Of", SPREAD, COUNT, on=HALF, metric=TOP, by=CE),
    Biased("Of the variance of its rank error {share} % is", SPREAD),
    Biased("of the best recipe's {share} %: pooling", BEST),
    Biased("the last edge is too high by {2 3 avg_pool_3x3} % of the ranks", SPREAD),
    Biased("of the ranks in place of {2 3 avg_pool_3x3},", BEST),
    Biased("output too low by {minus 0 3 skip_connect} in", SPREAD),
    Biased("in place of {minus 0 3 skip_connect}. Trials", BEST),
    Scored("for one checkpoint ({minutes} minutes), tau-b", DEEPER),
    Scored("tau-b stays {value} on the random", DEEPER),
    Scored("thousand and {value} on `confirmation`, but", DEEPER, on=HALF),
    Compared("is {first} against {second} of the best recipe, {difference}", DEEPER, BEST, metric=EQUAL_SIZE),
    Scored("it adds {value} to the count on `conf", DEEPER, metric=ADDED, on=HALF, by=CE),
    Compared("random thousand, {difference} by accuracy, and", DEEPER, COUNT),
    Compared("{first} against {second}, {difference} by cross-entropy (", DEEPER, COUNT, on=FUNCTIONS, by=CE),
    Compared("by cross-entropy ({difference} by accuracy), there", DEEPER, COUNT, on=FUNCTIONS),
    Compared("(P@5% {first} against {second}, {difference}). On", DEEPER, COUNT, metric=TOP, on=FUNCTIONS, by=CE),
    Compared("On `confirmation` it is not distinguishable, {difference}", DEEPER, COUNT, on=HALF, by=CE),
    Compared("it fails: P@5% {first} there against {second} of", DEEPER, COUNT, metric=TOP, on=HALF, by=CE),
    Drawn(
        "on the best recipe: {value} against",
        *("nb201-methods", "found"),
        where={
            "search": "every cell",
            "row": "paths spread, linear decay, two checkpoints",
            "truth": "nb201/cifar10/test/200ep",
        },
    ),
    Drawn(
        "against {value} % of all cells (study",
        *("nb201-methods", "found"),
        where={"search": "every cell", "row": "best recipe", "truth": "nb201/cifar10/test/200ep"},
    ),
    Compared("gains nothing beside it ({difference})", "few-shot:split by convolutions, paths spread", SPREAD_FAIR),
)

GRADIENTS, CELLS = "gradient-methods", "nb201/cifar10/test/200ep"
BY_LOG = ", log-probability"


REDUCED = ("Reduce-1", "Reduce-2", "Reduce-3")
TWO_EPOCHS = ("uniform", "two paths per update", "fair", "affine norm")


def selected(words: str, row: str, study: str = GRADIENTS) -> Drawn:
    """Return the number of the cell that a row ranks first of all."""
    return Drawn(words, study, "found", where={"search": "every cell", "row": row, "truth": CELLS})


SEARCHES = (
    Scored("GDAS ({value}) and random", f"{GRADIENTS}:GDAS"),
    Scored("random search with sharing ({value}) rank", f"{GRADIENTS}:random search with sharing"),
    Scored("rank like one uniform path per update ({value}), SGNAS", ONE_PATH),
    Scored("SGNAS {value}, SETN", f"{GRADIENTS}:SGNAS"),
    Scored("SETN {value} and ENAS", f"{GRADIENTS}:SETN"),
    Scored("ENAS {value}, while", f"{GRADIENTS}:ENAS"),
    Scored("and DARTS- do not rank, {value}, -", f"{GRADIENTS}:DARTS"),
    Scored("-.14 [-.34, .06], {value} and", f"{GRADIENTS}:DARTS, second order"),
    Scored("-.10 [-.17, -.03] and {value}: an update", f"{GRADIENTS}:DARTS-"),
    Scored("DrNAS ranks best, {value}.", f"{GRADIENTS}:DrNAS{BY_LOG}"),
    *(
        selected("cell of most parameters: {mean} %, rank {rank}.", f"{name}{BY_LOG}")
        for name in ("ENAS", "DARTS-", "DrNAS", "SGNAS")
    ),
    selected("DARTS of first order selects cells of {mean} %", f"DARTS{BY_LOG}"),
    selected("local sharing finds {value} % and", "local sharing", "nb201-methods"),
    selected("strictly fair paths {value} %, three", "strictly fair", "nb201-methods"),
    Scored("tau-b {value} by accuracy, which was", "held-out-images:own images for each seed"),
    Scored("which was {value}, and .", "held-out-images:baseline"),
    Scored("and {value} by cross-entropy, which was", "held-out-images:own images for each seed", by=CE),
    Scored("by cross-entropy, which was {value}; single", "held-out-images:baseline", by=CE),
    *(
        Drawn(words, "shufflenet-search", "table-3", where={"label": label})
        for words, label in (
            ("not truly better: {value} % against", "evolution"),
            ("against {value} of random search and", "random search"),
            ("of random search and {mean} of random networks", "random select"),
            ("The 3x3 block everywhere has {mean} % at", "all choice_3"),
            ("5x5 with {mean} %", "all choice_5"),
            ("7x7 with {mean} and", "all choice_7"),
            ("Xception with {mean};", "all choice_x"),
        )
    ),
    *(
        Drawn(words, "search-algorithms-sss", "found", where={"row": "fair", "searcher": searcher})
        for words, searcher in (
            ("evolution finds {value} % on strictly fair", "evolution"),
            ("strictly fair supernets, random search {value}; asking", "random"),
            ("found without a search, has {mean}, and", "most parameters"),
            ("and the best {best}.", "most parameters"),
        )
    ),
    *(
        Drawn(words, "bits-search", "table-6", where={"label": label})
        for words, label in (
            ("2 bits everywhere has, {mean} %:", "2W2A"),
            ("evolution {value} %, random search", "evolution, 2W2A"),
            ("%, random search {value}. At", "random search, 2W2A"),
            ("they do not: {value} and", "evolution, 4W4A"),
            ("56.4 [55.1, 57.8] and {value} % against", "random search, 4W4A"),
            ("% against {mean}, with about half", "4W4A"),
        )
    ),
    Extremes(
        "sub-networks have {least} to {most} % accuracy and no row ranks",
        tuple(Scored("", f"darts-baselines:{row}") for row in TWO_EPOCHS),
        ("accuracy",),
    ),
    Extremes(
        "by cross-entropy from {most} to {least} (three seeds",
        tuple(Scored("", f"darts-baselines:{row}") for row in TWO_EPOCHS),
        ("value",),
    ),
    Scored("per update ({minutes} minutes of one core; three", "darts-gradients:uniform"),
    Scored("they have {accuracy} %, and rank by", "darts-gradients:uniform"),
    Scored("and rank by {value} by cross-entropy, .12", "darts-gradients:uniform"),
    Scored("by cross-entropy, {value} by accuracy. One epoch", "darts-gradients:uniform", by="accuracy"),
    Scored(
        "twelve paths: its sub-networks have {accuracy} % and rank by {value} by cross-entropy, but",
        "darts-gradients:DARTS",
    ),
    Scored("that it learned rank by {value}, better", "darts-gradients:DARTS, log-probability"),
    Compared(
        "better than the supernet of uniform paths, {difference}",
        *("darts-gradients:DARTS, log-probability", "darts-gradients:uniform"),
    ),
    Reference("Live parameters rank the cells by {value};", "live-params", "darts/cifar10/valid/200ep"),
    Scored("half the time of the best recipe, {minutes} minutes", ONE_PATH),
    Compared("and ranks by {second}, {difference} below it", BEST, ONE_PATH),
    Compared(
        "the plain supernet ranks better, {first} against {second}, by {difference}, and",
        *(ONE_PATH, BEST),
        metric=EQUAL_SIZE,
    ),
    Compared("do as well given size ({first} and {second})", ONE_PATH, BEST, metric=GIVEN_SIZE),
    Scored("without 1x1 convolutions {value}, without pools", "reduced-spaces:Reduce-1"),
    Scored("without pools {value}, the whole", "reduced-spaces:Reduce-2"),
    Scored("the whole space {value}. On", "reduced-spaces:Original"),
    Compared(
        "as well: {first} against its {second}, {difference}, and", "reduced-spaces:Reduce-1", "reduced-spaces:Original"
    ),
    Compared(
        "and {first} against its {second}, {difference} (`compare", "reduced-spaces:Reduce-2", "reduced-spaces:Original"
    ),
    Scored("the whole space by {value}, by cross", "reduced-spaces:Original", preset="laptop-cifar100"),
    Scored("by cross-entropy {value}; by accuracy nothing", "reduced-spaces:Original", by=CE, preset="laptop-cifar100"),
    Extremes(
        "supernets have {least} to {most} % on a hundred classes",
        tuple(Scored("", f"reduced-spaces:{row}", preset="laptop-cifar100") for row in ("Original", *REDUCED)),
        ("accuracy",),
    ),
    Compared("rank much worse, {difference}", "drop-path:drop rate 0.2", "drop-path"),
    *(
        Drawn(words, "drop-path", "accuracy-over-training", where={"epoch": 12, "row": row})
        for words, row in (
            ("end of training ({mean} % against 38", "drop rate 0.5"),
            ("(43 % against {mean} on five random", "single path"),
        )
    ),
    Compared("the ranking is not distinguishable, {difference}. The rate", "drop-path:drop rate 0.5", "drop-path"),
    Compared("A third of the epochs ranks worse, {difference}", "epochs:a third of the epochs", "epochs"),
    Compared("twice the epochs rank better, {difference}", "epochs:twice the epochs", "epochs"),
    Compared("two thirds are not distinguishable ({difference})", "epochs:two thirds of the epochs", "epochs"),
    Compared(
        "A quarter of the images ranks worse, {difference}", "low-fidelity:a quarter of the images", "low-fidelity"
    ),
    Compared("half the images ({difference})", "low-fidelity:half the images", "low-fidelity"),
    Compared("half the channels ({difference}, one seed)", "low-fidelity:half the channels", "low-fidelity"),
    Compared(
        "Warm-up before a cosine makes no difference that three seeds tell, {difference}",
        *("warm-up-and-clipping:cosine, warm-up", "warm-up-and-clipping:cosine"),
    ),
    *(
        Drawn(words, "paths-memory", "table-7", where={"row": row})
        for words, row in (
            ("takes {peak_mb} MB at its peak", "single path"),
            ("of two paths {peak_mb}, of", "two paths"),
            ("of all operations {peak_mb};", "mixture of all"),
            ("half of the images {training}, .26", "single path"),
            ("of the images .15, {training} and", "two paths"),
            (".26 and {training} minutes of one core", "mixture of all"),
        )
    ),
    Drawn(
        "as at the preset's 16x16: tau {value} between",
        *("scale", "orders"),
        where={"size": "half the resolution", "recipe": "baseline"},
        column="order",
    ),
    Compared(
        "AutoAugment with label smoothing ({difference})", "regularization:AutoAugment and smoothing", "regularization"
    ),
    Compared(
        "warm-up to a cosine ({difference}) are",
        *("training-variations:no Zero, cosine, warm-up", "training-variations:no Zero"),
    ),
    Agreement("by tau-b {value}, {runs} runs of {rows} rows", "supernet-accuracy"),
)

FULL = "path-sampling:uniform, one path"
OWN_SIZE = (
    Scored("of preset `laptop` ({value} by accuracy", FULL),
    Scored("right more often ({accuracy} % against 30)", FULL, preset="full"),
    Scored("(41 % against {accuracy})", FULL),
    Biased("n = {n} connected cells, three seeds, no intervals) says how: {share} % of", FULL, preset="full"),
    Extremes(
        "too low on every edge, by {minus most} to {minus least} % of all ranks",
        (Biased("", FULL, preset="full"),),
        tuple(f"{edge} nor_conv_3x3" for edge in ("0 1", "0 2", "0 3", "1 2", "1 3", "2 3")),
    ),
    Scored("distinguishable relation to size (tau {value}); among", FULL, metric=WITH_SIZE, preset="full"),
    Scored("equal size it ranks by {value}, at", FULL, metric=EQUAL_SIZE, preset="full"),
    Scored("at `laptop` by {value}. A likely", FULL, metric=EQUAL_SIZE),
)

CONFIRMED = (
    Compared("(paths spread {difference} by cross-entropy, the", SPREAD, COUNT, on=HALF, by=CE),
    Compared("the deeper row {difference}), and by", DEEPER, COUNT, on=HALF, by=CE),
    Compared("better than the baseline, by {difference}; by P@5%", COUNT, PLAIN, on=HALF),
    Compared("from the best recipe, {difference} (`compare", COUNT, BEST, metric=TOP, on=HALF),
    Scored("to the count by cross-entropy, {value} and", SPREAD, metric=ADDED, on=HALF, by=CE),
    Scored("cross-entropy, .05 [.01, .09] and {value}. Whether", DEEPER, metric=ADDED, on=HALF, by=CE),
    Scored("tau-b than the count alone by {value}, an", ONE_PATH, metric=ADDED, on=HALF, by=CE),
    Scored("on all connected cells by {value}. The", ONE_PATH, metric=ADDED, on=CONNECTED, by=CE),
    Scored("does not distinguishably add anything ({value} by accuracy)", BEST, metric=ADDED, on=HALF),
    Compared("n = {n}, paired with live parameters at {second})", BEST, COUNT, on=FUNCTIONS),
    Compared("by accuracy the best recipe has {first} ({difference}), one", BEST, COUNT, on=FUNCTIONS),
    Compared("one uniform path per update {first} ({difference}) and", ONE_PATH, COUNT, on=FUNCTIONS),
    Compared("and the baseline {first} ({difference}); by", PLAIN, COUNT, on=FUNCTIONS),
    Compared("by cross-entropy {first}, .56 and", BEST, COUNT, on=FUNCTIONS, by=CE),
    Compared("by cross-entropy .57, {first} and", ONE_PATH, COUNT, on=FUNCTIONS, by=CE),
    Compared("by cross-entropy .57, .56 and {first}, of", PLAIN, COUNT, on=FUNCTIONS, by=CE),
    Compared("nearly distinguishable ({difference})", PLAIN, COUNT, on=FUNCTIONS, by=CE),
    Compared("Paths spread have {first} by accuracy and", SPREAD, COUNT, on=FUNCTIONS),
    Compared(".61 by accuracy and {first} by cross", SPREAD, COUNT, on=FUNCTIONS, by=CE),
    Compared("by cross-entropy ({difference}, +.03 [-.01, .07]), the", SPREAD, COUNT, on=FUNCTIONS),
    Compared("(+.02 [-.02, .05], {difference}), the", SPREAD, COUNT, on=FUNCTIONS, by=CE),
    Compared("the deeper row {first} and .64 ({difference}, +", DEEPER, COUNT, on=FUNCTIONS),
    Compared("the deeper row .62 and {first} (+.03 [-.02, .07], {difference}, the", DEEPER, COUNT, on=FUNCTIONS, by=CE),
    Scored("adds to size is then {value} by", ONE_PATH, metric=ADDED, on=FUNCTIONS),
    Scored("by accuracy and {value} by cross-entropy, which is dis", ONE_PATH, metric=ADDED, on=FUNCTIONS, by=CE),
    Scored("by accuracy takes away {minus value}", PLAIN, metric=ADDED, on=FUNCTIONS),
)

FEW, SHORT = "best-recipe/laptop/few-truths", "best-recipe/laptop/few-truths-nb201-cifar10-test-3ep"
OF_SIZES, OF_GRAPHS, OF_DARTS = (
    f"{study}/laptop/few-truths" for study in ("sss-sampling", "nb101-kernel", "darts-baselines")
)


def worth(
    words: str,
    row: str,
    count: int,
    title: str = "Worth, in truths",
    model: str = "gaussian-process",
    *,
    file: str = FEW,
) -> Cell:
    """Return a number of the tables of few truths."""
    return Cell(words, f"{file}.md", title, (row, model), f"{count:,} truths")


DEEPER_ROW, ALONE, TREES = (
    "paths spread, linear decay, two cells per stage",
    "without a supernet",
    "gradient-boosting",
)
FEW_TRUTHS = (
    worth("rank as well as {value} truths without it", "best recipe", 80),
    worth("of spread paths as well as {value}. Ridge", DEEPER_ROW, 80),
    worth("at 160 truths {value} without a supernet", ALONE, 160, "Tau-b ↑", TREES),
    worth("without a supernet and {value} with the deeper supernet of", DEEPER_ROW, 160, "Tau-b ↑", TREES),
    worth("the Gaussian process has {value} and", ALONE, 160, "Tau-b ↑"),
    worth("has .71 [.70, .71] and {value}. A supernet", DEEPER_ROW, 160, "Tau-b ↑"),
    worth("80 truths with the best recipe rank as well as {value} without.", "best recipe", 80, model=TREES),
    worth("baseline ({value} against 240", "best recipe", 80),
    worth("(260 against {value} at 80", "baseline", 80),
    worth("the best recipe is {value} against .55", "best recipe", 80, "P@5% ↑"),
    worth("is .59 against {value} at 80", "without a supernet", 80, "P@5% ↑"),
    worth("and {value} against .75 at 1,280", "best recipe", 1280, "P@5% ↑"),
    worth("and .77 against {value} at 1,280", "without a supernet", 1280, "P@5% ↑"),
    worth("not reached: {value} and .79", "best recipe", 160, "Tau-b ↑"),
    worth("not reached: .75 and {value}, with", "best recipe", 640, "Tau-b ↑"),
    worth("with the deeper supernet {value} and", DEEPER_ROW, 160, "Tau-b ↑"),
    worth("with the deeper supernet .76 and {value}.", DEEPER_ROW, 640, "Tau-b ↑"),
    Compared("its own tau is {difference} higher", BEST, PLAIN),
    *(
        Kept(words, f"{file}.csv", {"row": row, "model": "gaussian-process", "count": 40})
        for words, file, row in (
            (
                "where 40 truths alone reach {tau} by the Gaussian",
                "macro-baselines/laptop/few-truths",
                "without a supernet",
            ),
            (
                "`supernet-bench few-truths macro-baselines`, {draws} draws, n = {n})",
                "macro-baselines/laptop/few-truths",
                "uniform, one path",
            ),
            (
                "`supernet-bench few-truths channel-sampling`, {draws} draws, n = {n};",
                "channel-sampling/laptop/few-truths",
                "fair",
            ),
            ("There 40 truths alone reach {tau} by the Gaussian", OF_SIZES, ALONE),
            ("`supernet-bench few-truths sss-sampling`, {draws} draws, n = {n})", OF_SIZES, "fair"),
            ("more truths: 40 alone reach {tau} by", OF_GRAPHS, ALONE),
            ("`supernet-bench few-truths nb101-kernel`, {draws} draws, n = {n})", OF_GRAPHS, "baseline"),
            ("`supernet-bench few-truths darts-baselines`, {draws} draws, n = {n})", OF_DARTS, "uniform"),
            ("40,80,120`, {draws} draws, n = {n}:", SHORT, "best recipe"),
        )
    ),
    worth("uniform widths rank as well as {value} without, and at", "uniform", 40, file=OF_SIZES),
    worth("at 160 truths tau-b is {value} with them and without", "uniform", 160, "Tau-b ↑", file=OF_SIZES),
    worth("tau-b is {value} with them and without", ALONE, 160, "Tau-b ↑", file=OF_SIZES),
    worth("at 80 truths P@5% is {value} with these", "uniform", 80, "P@5% ↑", file=OF_SIZES),
    worth("with these supernets and {value} without, and by", ALONE, 80, "P@5% ↑", file=OF_SIZES),
    worth("fair widths lower it, to {value} from", "fair", 80, "P@5% ↑", "ridge", file=OF_SIZES),
    worth("to .69 [.68, .70] from {value}.", ALONE, 80, "P@5% ↑", "ridge", file=OF_SIZES),
    worth("by the Gaussian process, 320 reach {value}.", ALONE, 320, "Tau-b ↑", file=OF_GRAPHS),
    worth("80 truths with the baseline rank as well as {value} without", "baseline", 80, file=OF_GRAPHS),
    worth("at 20 truths P@5% is {value} with it", "baseline", 20, "P@5% ↑", file=OF_GRAPHS),
    worth("with it and {value} without. The supernets", ALONE, 20, "P@5% ↑", file=OF_GRAPHS),
    worth("beside the truths: 20 truths alone reach {value} by", ALONE, 20, "Tau-b ↑", file=OF_DARTS),
    worth("by the Gaussian process and 320 reach {value}, with any row's", ALONE, 320, "Tau-b ↑", file=OF_DARTS),
    worth("80 truths with them rank as well as {value} without", "single kernel, pro rata", 80, file=OF_GRAPHS),
    Cell("precision at the top is {value}, against", f"{SHORT}.md", "P@5% ↑", ("best recipe", "ridge"), "120 truths"),
    Scored("against {value} for the best recipe alone", BEST, metric=TOP, on=HALF),
    Reference("and {value} for live parameters (on all {n} cells", "live-params", CELLS, metric=TOP, on=HALF),
    Scored("the best recipe alone either, {value},", BEST, on=HALF),
)

RESULTS_PAGE = (*OPENING, *TOLD_APART, *FEW_SHOT, *SEARCHES, *OWN_SIZE, *CONFIRMED, *FEW_TRUTHS)
"""Of docs/results.md."""
NOT_COMPUTED = {
    "results": {"tau-b .25 [.06, .44] after 20 epochs": "of an earlier preset, whose runs are not stored"},
}
"""Page of docs/ -> words with an interval that no entry computes -> why."""
