"""The numbers in the sentences of docs/spaces.md and docs/using.md, in their order, as in `results_numbers`."""

from tests.docs.told import CEILING, Compared, Drawn, Reference, Scored

CE = "negative-cross-entropy"
TOP = "precision-at-top/5%"
EQUAL_SIZE = "tau-among-equal-size"
NB101_TRUTH = "nb101/cifar10/valid/108ep@uniform@28963-of-423624"
MACRO_TRUTH = "macro/cifar10/test/50ep"
DARTS_TRUTH = "darts/cifar10/valid/200ep"
TRACK1_TRUTH = "track1/cifar100/test/stand-alone"
SIZES_TRUTH = "nats-sss/cifar10/test/90ep"

KERNEL = "nb101-kernel:single kernel, pro rata"
NB101 = (
    Scored("by cross-entropy: `baseline` {value}, a single", "nb101-kernel:baseline"),
    Scored("in proportion to parameters {value} (three", KERNEL),
    Compared("from the count of 3x3 convolutions, {difference}. Of", KERNEL, "trivial:conv-3x3"),
    Compared("{difference} more than that count", KERNEL, "trivial:conv-3x3", metric=TOP),
    Scored("the baseline finds {value}, parameters", "nb101-kernel:baseline", metric=TOP),
    Reference("counting 3x3 convolutions has {value} and", "conv-3x3", NB101_TRUTH),
    Reference("and parameters {value}; the ceiling", "params", NB101_TRUTH),
    Reference("one training seed is {value}. By tau-b", CEILING, NB101_TRUTH),
    Scored("of cells it finds {value}, ", KERNEL, metric=TOP),
    Reference("parameters {value}, 3x3 convolutions .10", "params", NB101_TRUTH, metric=TOP),
    Reference("3x3 convolutions {value}. Longer training", "conv-3x3", NB101_TRUTH, metric=TOP),
)

MACRO = "macro-baselines"
NB_MACRO = (
    Reference("all networks by tau-b {value}, parameters", "flops", MACRO_TRUTH, on="all"),
    Reference("parameters by {value}. Three seeds", "params", MACRO_TRUTH, on="all"),
    Reference("where FLOPs have {value}: one", "flops", MACRO_TRUTH),
    Scored("one path at a time {value}, uniform", f"{MACRO}:uniform, one path", by=CE),
    Scored("uniform over distinct networks {value}, strictly", f"{MACRO}:uniform over distinct networks", by=CE),
    Scored("strictly fair {value}, sandwich", f"{MACRO}:strictly fair", by=CE),
    Scored("sandwich {value}, three", f"{MACRO}:sandwich", by=CE),
    Scored("three uniform paths {value}; the", f"{MACRO}:uniform", by=CE),
    Reference("one training seed is {value}. One path", CEILING, MACRO_TRUTH),
    Compared("better than FLOPs by {difference}, with each", f"{MACRO}:uniform, one path", "trivial:flops"),
    Compared("counted once by {difference}, and better", f"{MACRO}:uniform, one path", "trivial:flops", on="functions"),
    Compared("which is lower by {minus difference}. Among", f"{MACRO}:sandwich", f"{MACRO}:uniform, one path"),
    Compared("against FLOPs is {difference}, the sandwich", f"{MACRO}:uniform, one path", "trivial:flops", metric=TOP),
    Compared("against one path {difference}; and", f"{MACRO}:sandwich", f"{MACRO}:uniform, one path", metric=TOP),
    Compared(
        "worse than FLOPs, by {minus difference}, each",
        *(f"{MACRO}:uniform, one path", "trivial:flops"),
        metric=EQUAL_SIZE,
        on="functions",
    ),
    Scored("a fraction of {value} is truly there for the sandwich", f"{MACRO}:sandwich", metric=TOP, by=CE),
    Scored("the sandwich, {value} for one path", f"{MACRO}:uniform, one path", metric=TOP, by=CE),
    Reference("for one path, {value} for FLOPs", "flops", MACRO_TRUTH, metric=TOP),
)

DARTS = (
    Reference("counting live parameters {value}); `darts", "live-params", DARTS_TRUTH, on="all"),
    Scored("uniform paths by {value}, and not", "darts-baselines:uniform", by="accuracy"),
    Scored("by cross-entropy, {value}. `darts", "darts-baselines:uniform", by=CE),
)

BITS = "bits-baselines"
MIXED = (
    Scored("networks are ranked by {value} under one", f"{BITS}:uniform"),
    Scored("uniform path per update, {value} under strictly", f"{BITS}:strictly fair"),
    Scored("and {value} under the sandwich", f"{BITS}:sandwich"),
    Reference("counting bit operations has {value}; strictly", "bitops", "bits/cifar10/test/2ep"),
    Compared("is not distinguishable from uniform, {difference}", f"{BITS}:strictly fair", f"{BITS}:uniform"),
    Compared("nor from that count, {difference}", f"{BITS}:strictly fair", "trivial:bitops"),
)

SHARING, METHODS, BATCH = "channel-sharing", "channel-methods", "architecture-batch"
TRACK1 = (
    Reference("than counting parameters, {value}; the", "params", TRACK1_TRUTH),
    Reference("published prediction has {value}. Of", "track1-winner", TRACK1_TRUTH),
    Scored("soft labels of the largest): {value}, in {minutes} minutes", f"{METHODS}:AutoSlim, equal updates"),
    Scored("Against full sharing, {value}, front", f"{SHARING}:full"),
    Compared("front convolutions lose {difference}, independent", f"{SHARING}:full", f"{SHARING}:front conv"),
    Compared("independent ones {difference}, and those", f"{SHARING}:full", f"{SHARING}:independent conv"),
    Compared("with independent norms {difference}, as the", f"{SHARING}:full", f"{SHARING}:independent conv and norm"),
    Scored("a norm for every incoming width, {value}, but", f"{SHARING}:front norm"),
    Compared("classifiers rank lower, by {difference}, where", f"{SHARING}:full", f"{SHARING}:independent classifier"),
    Scored("three seeds: fair {value}, uniform", "channel-sampling:fair"),
    Scored("uniform {value}, uniform over", "channel-sampling:uniform"),
    Scored("uniform over FLOPs {value}. `channel", "channel-sampling:uniform over FLOPs"),
    Scored("at equal forward passes: AutoSlim {value}, the", f"{METHODS}:AutoSlim"),
    Scored("the paper's best {value}. At equal updates", f"{METHODS}:the paper's best"),
    Scored("as the paper trained: AutoSlim {value}, .14", f"{METHODS}:AutoSlim, equal updates"),
    Compared("{difference} above FairNAS", f"{METHODS}:AutoSlim, equal updates", f"{METHODS}:FairNAS"),
    Scored("one seed in {minutes} minutes, {value}. Nothing", f"{METHODS}:the paper's best, equal updates"),
    Scored("three seeds: a fixed teacher {value} at", "distillation:fixed teacher"),
    Scored("twice the cost, labels {value}; not", "distillation:labels"),
    Scored("falls from {value} with 2 networks per", f"{BATCH}:2, running teacher, same batch, equal passes"),
    Scored("to {value} with 8, -", f"{BATCH}:8, running teacher, same batch, equal passes"),
    Scored("with 8, {value} with 16", f"{BATCH}:16, running teacher, same batch, equal passes"),
    Scored("with 16 and {value} with 18", f"{BATCH}:18, running teacher, same batch, equal passes"),
    Scored("mean supernet accuracy is {accuracy} %", f"{BATCH}:18, running teacher, same batch, equal passes"),
    Scored("At equal updates it gives {value} with 2", f"{BATCH}:2, running teacher, same batch, equal updates"),
    Scored("with 2 and {value} with 4, where", f"{BATCH}:4, running teacher, same batch, equal updates"),
)

SIZES = (
    Reference("widths gives tau-b {value} on all networks", "sum-of-widths", SIZES_TRUTH, on="all"),
    Scored("by cross-entropy with {value}, uniform ones", "sss-sampling:fair"),
    Scored("uniform ones with {value}, below", "sss-sampling:uniform"),
    Reference("the sum of the widths, {value}, and", "sum-of-widths", SIZES_TRUTH),
    Reference("and parameters, {value}.\n", "params", SIZES_TRUTH),
)

DIGITS = (Reference("mean of the others, is tau-b {value}.", CEILING, "nb201/digits/test/30ep"),)

SHUFFLE_TRUTH = "shufflenet/cifar10/test/4ep"
SHUFFLE = (
    Reference("ranks the other by tau-b {value}, so", CEILING, SHUFFLE_TRUTH),
    Scored("strictly fair paths {value} by cross-entropy", "shufflenet-baselines:strictly fair", by=CE),
    Reference("cross-entropy, parameters {value}. At its", "params", SHUFFLE_TRUTH),
)

SPACES = (*NB101, *NB_MACRO, *DARTS, *TRACK1, *SIZES, *SHUFFLE, *MIXED, *DIGITS)
"""Of docs/spaces.md."""


def found(words: str, searcher: str) -> Drawn:
    """Return the numbers of what a searcher finds on the supernets of the best recipe, by cross-entropy."""
    row = "best recipe, by cross-entropy"
    where = {"searcher": searcher, "row": row, "truth": "nb201/cifar10/test/200ep"}
    return Drawn(words, "search-algorithms", "found", where=where)


USING = (
    found("neither is ahead: {value} % for evolution", "evolution"),
    found("for evolution, {value} % for random search, {best} % for the best", "random"),
)
"""Of docs/using.md."""
