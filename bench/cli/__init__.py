"""The command line: parse, call, print. Verbs follow the data flow."""

import io
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bench import __version__
from bench.cli import (
    bias,
    cancel,
    check,
    claims,
    compare,
    confirm,
    data,
    few_truths,
    leaderboard,
    look,
    plan,
    plot,
    predict,
    report,
    run,
    score,
    search,
    table,
)
from bench.device.kernels import settle_kernels
from bench.errors import BenchError
from bench.files import REMEDIES, SPACE, cause
from bench.processes.interrupts import interrupted_by_signals, is_interrupt
from bench.processes.parallel import limit_threads
from bench.registry import load_entry_points, load_plugin

EXAMPLES = """How well does a supernet rank architectures?

Examples:

  supernet-bench run baseline --preset demo

  supernet-bench run baseline --preset laptop --seeds 0-2

  supernet-bench score predictions.csv --table nb201/cifar10/test/200ep
"""

EXIT_CODES = """Exit codes: 0 done; 1 a run or a check failed, which the output names; 2 wrong input, named in one line
on stderr; 130 stopped by Ctrl-C or a signal, after which the same command continues."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, which Typer turns into a `SystemExit`."""

app = typer.Typer(
    help=EXAMPLES, epilog=EXIT_CODES, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _before_every_command(
    plugin: Annotated[list[Path] | None, typer.Option(help="Python file with slots or studies to register.")] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    load_entry_points()
    for path in plugin or []:
        load_plugin(path)


look.register(app)
check.register(app)
app.add_typer(data.app, name="data")
app.add_typer(table.app, name="table")
plan.register(app)
run.register(app)
cancel.register(app)
score.register(app)
bias.register(app)
few_truths.register(app)
predict.register(app)
search.register(app)
compare.register(app)
confirm.register(app)
plot.register(app)
leaderboard.register(app)
report.register(app)
claims.register(app)


def main() -> None:
    """Run the command; an error that the user can fix is one line on stderr and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # cp1252 and Latin-1 have no arrows
    with interrupted_by_signals():
        _answered()


def _answered() -> None:
    try:
        settle_kernels()
        limit_threads(1)  # more gain a tenth on idle cores, and take many times as long on busy ones: they spin
        app(prog_name="supernet-bench")
    except (Exception, KeyboardInterrupt) as error:
        if is_interrupt(error):
            _stop()
        if not isinstance(error, OSError | BenchError):
            raise
        typer.echo(f"error: {_told(error)}", err=True)
        sys.exit(2)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _stop()
        raise


def _stop() -> NoReturn:
    typer.echo("stopped; what is stored stays, and the same command continues from it", err=True)
    sys.exit(INTERRUPTED)


def _told(error: OSError | BenchError) -> str:
    """Return an error that the user can mend, in one line."""
    if not isinstance(error, OSError):
        return str(error)
    about = f"{error.filename}: " if error.filename else ""
    return f"{about}{cause(error)}; {REMEDIES.get(error.errno or 0, SPACE)}"
