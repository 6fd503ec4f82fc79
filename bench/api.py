"""The same from Python as from the command line: `from bench import api`.

Names, defaults, numbers and errors are those of the commands `score`, `compare`, `plot`, `run` and `predict`; what
can be fixed is a `bench.errors.BenchError` of one line. Tables of numbers are pandas data frames. `preset` is one of
'supernet-bench list presets', `data` the folder of tables and images, `results` that of runs; None is the command
line's default.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bench.places import data_folder, results_folder

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from bench.predict.trained import TrainedSupernet
    from bench.scores.files.prediction_file import PredictionFile
    from bench.scores.metrics import Metric

Scores = Mapping[str, float] | str | Path | Sequence[Path]
"""Architecture -> score, higher is better, also as a pandas Series; or files of them, parts of one set."""


def load_table(name: str, *, data: Path | None = None) -> "pd.DataFrame":
    """Return a ground truth, one line per architecture, sorted by genes.

    `arch` is the architecture's string, `accuracy` the mean over the training seeds that are present, in percent,
    higher is better. A column `accuracy <seed>` per training seed follows (NaN where absent), then the costs of the
    stand-alone networks (`params`, `flops`, ...), which need no training. Raises `UnknownName` with how to get the
    table.

    >>> table = load_table("nb201/digits/test/30ep")
    >>> len(table), list(table.columns)[:5]
    (15625, ['arch', 'accuracy', 'accuracy 0', 'accuracy 1', 'accuracy 2'])
    >>> bool(table.accuracy.between(0, 100).all())
    True
    """
    import pandas as pd

    from bench.tables.catalog import open_table

    table = open_table(name, data_folder(data))
    seeds = {f"accuracy {seed}": table.accuracy[:, place] for place, seed in enumerate(table.seeds)}
    archs = table.space.spell_all(table.genes)
    return pd.DataFrame({"arch": archs, "accuracy": table.mean, **seeds, **table.known_costs})


def load_runs(
    study: str = "baseline",
    *,
    preset: str = "laptop",
    seeds: Sequence[int] | None = None,
    results: Path | None = None,
) -> "pd.DataFrame":
    """Return the runs of a study, one line per row and seed, those that are not finished too.

    `study` is a study's name or a Python file of your own, `seeds` None the study's. `status` is done, missing, failed
    or damaged. Of finished runs: `epochs`, `images_seen` (images sent through sub-networks in training), `minutes` of
    one core for training and prediction, `predictions` (their number) and `commit`; NaN or None for others. `folder`
    holds the run.

    >>> runs = load_runs("baseline", seeds=[0, 1])
    >>> runs[["row", "seed", "status"]].values.tolist()
    [['baseline', 0, 'done'], ['baseline', 1, 'done']]
    """
    import pandas as pd

    from bench.recipe.preset import find_preset
    from bench.runs.cost import cost_of
    from bench.runs.plan import plan
    from bench.study.named import find_study

    found = find_study(study)
    lines: list[dict[str, Any]] = []
    for planned in plan(found, find_preset(preset), _seeds(seeds), results_folder(results)):
        for run in planned.runs:
            line = {"study": found.name, "row": planned.row.name, "preset": preset, "seed": run.seed}
            line |= {"status": run.status, "folder": str(run.folder), "epochs": run.recipe.epochs}
            if line["status"] == "done":
                record = run.read().record
                line |= {"images_seen": record.budget["images_seen"], "minutes": cost_of([record]).minutes}
                line |= {"predictions": record.predictions["n"], "commit": record.commit}
            lines.append(line)
    first = ["study", "row", "preset", "seed", "status", "epochs", "images_seen", "minutes", "predictions", "commit"]
    return pd.DataFrame(lines, columns=[*first, "folder"])


def load_predictions(
    study: str = "baseline",
    *,
    preset: str = "laptop",
    seeds: Sequence[int] | None = None,
    table: str | None = None,
    data: Path | None = None,
    results: Path | None = None,
) -> "pd.DataFrame":
    """Return the predictions of a study's finished runs beside the truth, the frame from which figures are drawn.

    One line per row, seed and architecture: `row`, `seed`, `arch` (genes joined by "-"), `string` (the architecture as
    tables and `score` spell it), `predicted` and `true` (accuracies in percent, higher is better), `ranked` (the score
    by which the row ranks), `sampled` (whether tables and figures count it), and what
    `bench.scores.prediction_frame.COLUMNS` says of the others. The row `ceiling` is one training seed of the truth
    against the others. `table` replaces the study's truth. Raises `ComparisonError` if the study has no truth,
    `StoreError` without a finished run.

    >>> found = load_predictions("baseline", seeds=[0], preset="laptop", table="nb201/digits/test/30ep")
    >>> sorted(found[found.row == "baseline"].seed.unique().tolist())
    [0]
    >>> found.string[0]
    '|none~0|+|none~0|none~1|+|none~0|none~1|none~2|'
    """
    from bench.analysis.drawing import Drawing, check_finished
    from bench.cli.options import preset_with
    from bench.runs.plan import plan
    from bench.scores.prediction_frame import genes_of
    from bench.spaces import SPACES
    from bench.study.named import find_study

    found, size, stored = find_study(study), preset_with(preset, table), results_folder(results)
    rows = plan(found, size, _seeds(seeds), stored)
    drawing = Drawing(found, rows, size, data_folder(data))
    check_finished(found, rows, preset, _listed(seeds), stored)
    frame = drawing.frames.predictions
    different = frame.arch.drop_duplicates()
    spelled = SPACES.get(frame.attrs["space"])().spell_all(genes_of(different))
    return frame.assign(string=frame.arch.map(dict(zip(different, spelled, strict=True))))


def score(
    predictions: Scores,
    table: str,
    *,
    population: str = "all",
    metrics: Sequence[str] | None = None,
    resamples: int = 1000,
    lower_is_better: bool | None = None,
    data: Path | None = None,
) -> "pd.DataFrame":
    """Return every score of predictions, of the trivial predictors and of the truth's ceiling, one line per score.

    `metrics` None is the panel of 'supernet-bench score'. Columns: `row`, `kind` (prediction, trivial, ceiling),
    `metric`, `value`, `low` and `high` (95 % interval over architectures, NaN without), `n` architectures that are
    resampled (for metrics of the true top the true best thousand, in the population or not), and `reason` (why a value
    or interval is NaN). `lower_is_better` is for files of losses. Raises `DataError` naming the entry
    that cannot be read, `ComparisonError` if no architecture is in the population, `UnknownName`.

    >>> table = load_table("nb201/digits/test/30ep")
    >>> mine = dict(zip(table.arch, table.flops))
    >>> scores = score(mine, "nb201/digits/test/30ep", population="random-50", metrics=["spearman"], resamples=10)
    >>> scores[scores.row.isin(["predictions", "flops"])][["row", "kind", "n"]].values.tolist()
    [['predictions', 'prediction', 50], ['flops', 'trivial', 50]]
    >>> bool(scores.value[0] == scores[scores.row == "flops"].value.item())
    True
    """
    import pandas as pd

    from bench.errors import BenchError
    from bench.scores.join import join_file
    from bench.scores.scoreboard import scoreboard
    from bench.tables.catalog import open_table

    if resamples < 1:
        raise BenchError(f"resamples is {resamples}; allowed: 1 or more, 1000 is usual")
    truth = open_table(table, data_folder(data))
    joined = join_file(_predictions(predictions, lower_is_better), truth)
    board = scoreboard(truth, [joined], population, _metrics(metrics), resamples=resamples)
    rows = [(row.name, "trivial" if row.trivial else "prediction", row.scores) for row in board.rows]
    rows += [("ceiling", "ceiling", board.ceiling)] if board.ceiling else []
    lines = [
        (name, kind, metric, one.value, one.low, one.high, one.n, one.reason)
        for name, kind, scores in rows
        for metric, one in scores.items()
    ]
    return pd.DataFrame(lines, columns=["row", "kind", "metric", "value", "low", "high", "n", "reason"])


def compare(
    first: str | Mapping[str, float],
    second: str | Mapping[str, float] = "baseline",
    *,
    preset: str = "laptop",
    seeds: Sequence[int] | None = None,
    population: str | None = None,
    ranked_by: str | None = None,
    metrics: Sequence[str] | None = None,
    table: str | None = None,
    data: Path | None = None,
    results: Path | None = None,
) -> "pd.DataFrame":
    """Return the paired differences of two sides, first minus second, one line per metric.

    A side is what 'supernet-bench compare' takes (STUDY, STUDY:ROW, FILE.py, FILE.csv, FILE.csv:COLUMN, trivial:NAME,
    published:NAME), or architecture -> score. `ranked_by` is accuracy or negative-cross-entropy (None: each row's own).
    Columns: `metric`, `first`, `second` (their values), `difference`, `low` and `high` (95 % interval), `verdict`, `n`;
    the metrics of what is left given the networks' size follow those that were asked for, where sizes are known.
    Raises `ComparisonError` if the two cannot be compared.

    >>> table = load_table("nb201/digits/test/30ep")
    >>> mine = dict(zip(table.arch[:200], table.flops[:200]))
    >>> told = compare(mine, "trivial:params", table="nb201/digits/test/30ep", metrics=["kendall-tau-b"])
    >>> told.metric[0], int(told.n[0])
    ('kendall-tau-b', 200)
    """
    import pandas as pd

    from bench.analysis.sides import compare_sides
    from bench.recipe.preset import find_preset

    sides = (side if isinstance(side, str) else _in_memory(side) for side in (first, second))
    found, _ = compare_sides(
        *sides,
        preset=find_preset(preset),
        seeds=_seeds(seeds),
        population=population,
        score=ranked_by,
        metrics=_metrics(metrics),
        table=table,
        results=results_folder(results),
        data=data_folder(data),
    )
    lines = [
        (name, one.first, one.second, one.value.value, one.value.low, one.value.high, one.verdict, one.value.n)
        for name, one in found.differences.items()
    ]
    names = ["metric", "first", "second", "difference", "low", "high", "verdict", "n"]
    return pd.DataFrame(lines, columns=names)


def plot(
    study: str = "baseline",
    figure: str | None = None,
    *,
    preset: str = "laptop",
    seeds: Sequence[int] | None = None,
    table: str | None = None,
    style: str = "screen",
    width: str | None = None,
    data: Path | None = None,
    results: Path | None = None,
) -> "Figure":
    """Return a figure of a study as matplotlib's; 'supernet-bench plot STUDY' writes the same as files.

    `figure` is one of those that 'supernet-bench show STUDY' names, None the first. `style` is paper, talk or screen,
    `width` as "3.3in" (None: the style's own). Raises `UnknownName`, `BenchError` for a bad width, and `StoreError` if
    nothing of it is stored.

    >>> drawn = plot("baseline", "over-top-n", seeds=[0], table="nb201/digits/test/30ep")
    >>> type(drawn).__name__
    'Figure'
    >>> float(plot("baseline", "over-top-n", seeds=[0], table="nb201/digits/test/30ep", style="paper").get_figwidth())
    3.3
    """
    from bench.analysis.drawing import Drawing, check_finished
    from bench.cli.options import preset_with
    from bench.errors import StoreError
    from bench.figures.look import Look
    from bench.figures.style import plain_style
    from bench.runs.plan import plan
    from bench.study.named import find_study

    look = Look.asked(style, width, None)
    found, size, stored = find_study(study), preset_with(preset, table), results_folder(results)
    rows = plan(found, size, _seeds(seeds), stored)
    drawing = Drawing(found, rows, size, data_folder(data))
    chosen = drawing.named(figure)
    check_finished(found, rows, preset, _listed(seeds), stored)
    numbers = drawing.numbers(chosen)
    if numbers.empty:
        raise StoreError(f"{study}: {chosen.name} is not drawn: nothing of its rows is stored")
    with plain_style(salt=chosen.name, style=look.style):
        return look.canvas(chosen, numbers, drawing.caption)


def train(
    row: str = "baseline",
    *,
    preset: str = "laptop",
    seed: int = 0,
    device: str = "cpu",
    data: Path | None = None,
    results: Path | None = None,
) -> "TrainedSupernet":
    """Train the supernet of a row, store the run as 'supernet-bench run' does, and return it.

    `row` is STUDY, STUDY:ROW or FILE.py. A run that is done is not trained again; one that was stopped continues.
    Raises `StoreError` if another process holds the run, or if a stored run has no weights.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     supernet = train("baseline", preset="smoke", results=Path(folder))
    >>> asked = ask(supernet, ["|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|"])
    >>> list(asked.columns), bool(asked.accuracy.between(0, 100).all())
    (['arch', 'accuracy', 'negative_cross_entropy'], True)
    """
    from bench.cli.options import check_device
    from bench.errors import BenchError, StoreError
    from bench.processes.claim import HELD
    from bench.recipe.preset import find_preset
    from bench.runs.execute import execute
    from bench.runs.scored_on import others_of, predicted_population, stored_table
    from bench.runs.store import Run
    from bench.runs.trained import load_trained
    from bench.study.named import find_row
    from bench.tables.catalog import open_table

    check_device(device)
    if seed < 0:
        raise BenchError(f"seed is {seed}; allowed: 0 or more")
    study, found = find_row(row, beside="baseline")
    size, folder = find_preset(preset), data_folder(data)
    run = Run(found.filled(size), preset, seed, results_folder(results))
    table = None if study.built else stored_table(study, size, folder)
    others = [open_table(other, folder) for other in others_of(study, size)]
    ended = execute(run, predicted_population(run.recipe.space, size, table, others), folder, device=device)
    if ended.startswith(HELD):
        raise StoreError(f"row '{found.name}', seed {seed}, is {ended}; call again when it has ended")
    return load_trained(study.name, found.name, run, folder, device)


def ask(supernet: "TrainedSupernet", archs: Sequence[str]) -> "pd.DataFrame":
    """Return the predictions of a trained supernet for architectures, in their order.

    Columns: `arch`, `accuracy` in percent and `negative_cross_entropy` in nats on the supernet's held-out images, both
    higher is better. Raises `DataError` for what is no architecture of the space. For an example see `train`.
    """
    import pandas as pd

    from bench.errors import DataError
    from bench.runs.execute import one_thread

    listed, space = list(archs), supernet.recipe.space
    genes = space.parse_all(listed, "architectures to ask")
    if not (inside := space.contains(genes)).all():
        raise DataError(f"architecture '{listed[int(inside.argmin())]}' is not in the space (masked or invalid)")
    with one_thread(supernet.device):
        found = supernet.ask(genes)
    values = {"accuracy": found.accuracy, "negative_cross_entropy": found.negative_cross_entropy}
    return pd.DataFrame({"arch": listed, **values})


def _predictions(predictions: Scores, lower_is_better: bool | None) -> "PredictionFile":
    from bench.errors import BenchError
    from bench.scores.files.prediction_file import read_submission

    if hasattr(predictions, "items"):
        if lower_is_better is not None:
            raise BenchError("lower_is_better is for files; change the sign of scores in memory")
        return _in_memory(cast("Mapping[str, float]", predictions))
    files = [predictions] if isinstance(predictions, str | Path) else list(predictions)
    return read_submission([Path(file) for file in files], lower_is_better=lower_is_better)


def _in_memory(scores: Any) -> "PredictionFile":
    from bench.errors import DataError
    from bench.scores.files.prediction_file import predictions_of

    if hasattr(scores, "columns"):
        raise DataError("predictions are a data frame; give a score per architecture: frame.set_index('arch').score")
    return predictions_of(dict(scores.items()))


def _metrics(names: Sequence[str] | None) -> "list[Metric]":
    from bench.scores.metrics import METRICS, PANEL

    return [METRICS.get(name) for name in names or PANEL]


def _seeds(seeds: Sequence[int] | None) -> tuple[int, ...] | None:
    return None if seeds is None else tuple(seeds)


def _listed(seeds: Sequence[int] | None) -> str | None:
    return None if seeds is None else ",".join(map(str, seeds))
