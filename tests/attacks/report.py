"""What every attack counts and prints."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Tally:
    """The trials of an attack, and a line per failure."""

    attack: str
    trials: int = 0
    failures: list[str] = field(default_factory=list)

    def check(self, good: bool, failure: str) -> None:
        """Count a trial, and its failure unless it is `good`."""
        self.trials += 1
        if not good:
            self.failures.append(failure)

    def print(self) -> None:
        """Print the numbers and every failure."""
        print(f"{self.attack}: {self.trials} trials, {len(self.failures)} failures", flush=True)
        for failure in self.failures:
            print(f"  {failure}", flush=True)


def run_on_commands(
    attack: Callable[[int, int, list[str] | None], Tally], about: str | None, trials: int, what: str
) -> None:
    """Run an attack on every command as the arguments say, print it, and exit with 1 if there is a failure."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--trials", type=int, default=trials, help=what)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", help="a command, as it is named in `commands`; may be repeated")
    chosen = parser.parse_args()
    tally = attack(chosen.trials, chosen.seed, chosen.only)
    tally.print()
    raise SystemExit(bool(tally.failures))
