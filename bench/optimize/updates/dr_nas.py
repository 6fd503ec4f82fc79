"""DrNAS: the weights of a mixture are drawn from Dirichlet distributions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.optimize.bilevel import Bilevel, Learned

if TYPE_CHECKING:
    from torch import Tensor

SEEDS = 2**62


@dataclass(frozen=True, kw_only=True)
class DrNas(Bilevel):
    """The weights of each decision are drawn from a Dirichlet distribution with the concentrations elu(parameter) + 1.

    Gradients reach the concentrations through the draw (`rsample`). The probability of a choice is its expected weight.
    Source: Chen et al., DrNAS (ICLR 2021), and its code for NAS-Bench-201. Differs from it: no partial channels and no
    pruning, as in its code for this space.
    """

    def concentration(self, learned: Learned) -> "Tensor":
        """Return the concentrations [decision, choice], 0 for a choice that the space does not allow."""
        from torch.nn import functional

        return (functional.elu(learned.parameters) + 1).masked_fill(~learned.allowed, 0.0)

    def weights(self, learned: Learned, progress: float) -> "Tensor":
        import torch

        concentration = self.concentration(learned).cpu()
        found = torch.zeros_like(concentration)
        with torch.random.fork_rng(devices=[]):  # `rsample` takes no generator
            torch.manual_seed(int(learned.rng.integers(SEEDS)))
            for decision, kept in enumerate(learned.allowed.cpu()):
                drawn = torch.distributions.Dirichlet(concentration[decision, kept]).rsample()
                found = found.index_put((torch.tensor(decision), kept.nonzero()[:, 0]), drawn)
        return found.to(learned.parameters.device)

    def log_weights(self, learned: Learned) -> "Tensor":
        concentration = self.concentration(learned)
        return (concentration / concentration.sum(dim=1, keepdim=True)).log()
