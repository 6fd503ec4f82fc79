"""Meta networks: how well two architectures match in a layer, learned from the effect of one's gradient on the other.

Source: Distribution consistent neural architecture search, sections 3.2 and 3.3.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.slot import State

if TYPE_CHECKING:
    from torch import Tensor

Layer = tuple[int, int]
"""(decision, choice)"""
INITIAL = 0.01
"""Standard deviation of the initial weights."""


def degree_gradient(
    rate: float, agreement: "Tensor", degree: "Tensor", difference: "Tensor"
) -> "tuple[Tensor, Tensor]":
    """Return the gradient of the loss after Eq. 8's step with respect to a meta network's weight and bias.

    That step moved the weights by -`rate` * `degree` * g_j among others, so that the loss changes with the degree by
    -`rate` * <g_i, g_j>; `agreement` is that product, of the first architecture's gradient in this layer after the step
    and the second's before it. The degree is sigmoid(weight . `difference` + bias). This is the exact derivative of a
    plain gradient step; no second-order gradient is needed.
    """
    of_bias = -rate * agreement * degree * (1 - degree)
    return of_bias * difference, of_bias


class MetaNetworks(State):
    """One linear layer and a sigmoid per (decision, choice), trained by Adam; inputs are divided by `scale`."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self.weight: dict[Layer, Tensor] = {}
        self.bias: dict[Layer, Tensor] = {}
        self.scale: dict[Layer, Tensor] = {}
        self._moments: dict[Layer, dict[str, Any]] = {}

    def standardize(self, layer: Layer, entering: "Tensor", rng: np.random.Generator) -> None:
        """Set the scale to the deviation of what enters a layer, [arch, channel]; begin the network if it is new.

        A channel that is equal in all architectures tells nothing and is ignored.
        """
        import torch

        entering = entering.double()
        deviation = entering.std(dim=0, correction=0)
        varies = deviation > 1e-6 * (1 + entering.abs().mean(dim=0))  # more than rounding
        self.scale[layer] = torch.where(varies, deviation, torch.full_like(deviation, torch.inf))
        if layer not in self.weight:
            drawn = rng.normal(0, INITIAL, size=entering.shape[1])
            self.weight[layer] = torch.from_numpy(drawn).to(entering.device)
            self.bias[layer] = torch.zeros((), dtype=torch.float64, device=entering.device)

    def scalar(self, layer: Layer, entering: "Tensor") -> "Tensor":
        """Return s = weight . h of what enters a layer, [..., channel]; the degree is sigmoid(s_i - s_j + bias)."""
        return (entering.double() / self.scale[layer]) @ self.weight[layer]

    def degree(self, layer: Layer, one: "Tensor", other: "Tensor") -> "Tensor":
        """Return the matching degree of two architectures, from what enters the layer in each, [channel]."""
        return (self.scalar(layer, one) - self.scalar(layer, other) + self.bias[layer]).sigmoid()

    def rows(self, layer: Layer, scalars: "Tensor", others: "Tensor") -> "Tensor":
        """Return the degrees [arch, other] of architectures with these scalars."""
        return (scalars[:, None] - others[None] + self.bias[layer]).sigmoid()

    def learn(self, layer: Layer, rate: float, agreement: "Tensor", one: "Tensor", other: "Tensor") -> None:
        """Take one step of Adam against the gradient of the first architecture's loss."""
        import torch

        difference = (one.double() - other.double()) / self.scale[layer]
        gradients = degree_gradient(rate, agreement.double(), self.degree(layer, one, other), difference)
        weights = [torch.nn.Parameter(values) for values in (self.weight[layer], self.bias[layer])]
        adam = torch.optim.Adam(weights, lr=self._rate)
        if layer in self._moments:
            adam.load_state_dict(adam.state_dict() | {"state": self._moments[layer]})
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient
        adam.step()
        self.weight[layer], self.bias[layer] = (weight.detach() for weight in weights)
        self._moments[layer] = adam.state_dict()["state"]

    def state_dict(self) -> dict[str, Any]:
        parts: Mapping[str, Mapping[Layer, Any]] = {
            "weight": self.weight,
            "bias": self.bias,
            "scale": self.scale,
            "moments": self._moments,
        }
        return {name: [[*layer, value] for layer, value in part.items()] for name, part in parts.items()}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self.weight, self.bias, self.scale, self._moments = (
            {(decision, choice): value for decision, choice, value in saved[name]}
            for name in ("weight", "bias", "scale", "moments")
        )
