"""What every attack counts and prints."""

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
