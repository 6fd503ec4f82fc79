"""The batch norm of one operation, in the four ways a supernet needs it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.supernets.norms import Norm
from bench.types import Choice

EPSILON = 1e-5  # PyTorch's default, as in the benchmark's own networks


class NormLayer(nn.Module):
    """Normalizes by tracked statistics if there are any, else by the batch's statistics.

    Values with fewer channels than the layer use the first of its weights and statistics. While `collect` is a list,
    batch statistics are appended to it; while `fixed` is set, values are normalized by it.
    """

    def __init__(self, channels: int, norm: Norm) -> None:
        super().__init__()
        self.momentum = norm.momentum
        self.weight = nn.Parameter(torch.ones(channels)) if norm.affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if norm.affine else None
        self.running_mean: Tensor | None
        self.running_var: Tensor | None
        self.register_buffer("running_mean", torch.zeros(channels) if self.momentum is not None else None)
        self.register_buffer("running_var", torch.ones(channels) if self.momentum is not None else None)
        self.plain = not norm.affine and self.momentum is None
        self.collect: list[tuple[Tensor, Tensor]] | None = None
        self.fixed: tuple[Tensor, Tensor] | None = None

    def forward(self, values: Tensor, rows: int = 1) -> Tensor:
        """Return `values` [batch, channel, height, width] normalized per channel.

        With `rows`, in prediction, the batch consists of that many parts, each normalized by its own statistics.
        """
        if rows > 1 and self.running_mean is None:
            return self._by_rows(values, rows)
        if self.plain and self.fixed is None and self.collect is None:  # the most frequent case in training
            return torch.batch_norm(values, None, None, None, None, True, 0.0, EPSILON, torch.backends.cudnn.enabled)
        first = values.shape[1]
        weight = None if self.weight is None else self.weight[:first]
        bias = None if self.bias is None else self.bias[:first]
        if self.fixed is not None:
            mean, variance = self.fixed
            return functional.batch_norm(values, mean, variance, weight, bias, False, 0.0, EPSILON)
        if self.collect is not None:
            variance, mean = torch.var_mean(values.detach().float(), dim=(0, 2, 3))
            self.collect.append((mean, variance))
        if self.running_mean is None or self.running_var is None or self.momentum is None:
            return functional.batch_norm(values, None, None, weight, bias, True, 0.0, EPSILON)
        mean, variance = self.running_mean[:first], self.running_var[:first]  # views: training updates the whole
        return functional.batch_norm(values, mean, variance, weight, bias, self.training, self.momentum, EPSILON)

    def _by_rows(self, values: Tensor, rows: int) -> Tensor:
        lines = values.permute(0, 2, 3, 1)
        parts = lines.reshape(rows, -1, lines.shape[3])
        variance, mean = torch.var_mean(parts.float(), dim=1, correction=0, keepdim=True)
        scale = (variance + EPSILON).rsqrt()
        if self.weight is not None:
            scale = scale * self.weight
        shift = -mean * scale
        if self.bias is not None:
            shift = shift + self.bias
        return torch.addcmul(shift, parts, scale).to(values.dtype).reshape(lines.shape).permute(0, 3, 1, 2)


@contextmanager
def recalibrated(supernet: nn.Module, arch: Choice, batches: Iterable[Tensor]) -> Iterator[None]:
    """Fix the norms at the statistics of `arch` averaged over `batches`, within the context."""
    layers = [layer for layer in supernet.modules() if isinstance(layer, NormLayer)]
    try:
        for layer in layers:
            layer.collect = []
        for batch in batches:
            supernet(batch, arch)
        for layer in layers:
            if layer.collect:
                means, variances = zip(*layer.collect, strict=True)
                layer.fixed = (torch.stack(means).mean(dim=0), torch.stack(variances).mean(dim=0))
            layer.collect = None
        yield
    finally:
        for layer in layers:
            layer.collect = layer.fixed = None
