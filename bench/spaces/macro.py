"""NAS-Bench-Macro: eight blocks in a chain, three choices each."""

from dataclasses import dataclass

from bench.errors import DataError
from bench.spaces import Space
from bench.types import Arch, Genes, PerArch

BLOCKS = 8
CHOICES = ("identity", "mb3-k3", "mb6-k5")
"""Identity; inverted bottleneck with expansion 3 and kernel 3; with expansion 6 and kernel 5."""


@dataclass(frozen=True, kw_only=True)
class Macro(Space):
    """NAS-Bench-Macro: eight blocks in a chain, one of three operations each.

    String: eight digits 0..2, the choice of each block, in order from the input.
    Parameters and FLOPs are in the published table, which records them for all 6,561 networks.
    Source: Su et al., Prioritized Architecture Sampling with Monto-Carlo Tree Search (CVPR 2021).

    >>> Macro().size, Macro().parse("22212202")
    (6561, (2, 2, 2, 1, 2, 2, 0, 2))
    """

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        return (CHOICES,) * BLOCKS

    def parse(self, text: str) -> Arch:
        text = text.strip()
        if len(text) != BLOCKS:
            raise DataError(f"'{text}' has {len(text)} digits, expected {BLOCKS}, one per block")
        if set(text) - set("012"):
            raise DataError(f"'{text}' has characters other than 0, 1, 2 (identity, mb3-k3, mb6-k5)")
        return tuple(int(digit) for digit in text)

    def spell(self, arch: Arch) -> str:
        return "".join(str(choice) for choice in arch)

    def costs(self, genes: Genes) -> dict[str, PerArch]:
        return {}
