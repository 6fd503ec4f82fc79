"""Many cells of NAS-Bench-201 on the same images, with one call per operation for all cells that use it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor, nn
from torch.nn import functional

from bench.device.transfer import to_device
from bench.spaces.nb201 import EDGES, NONE
from bench.supernets.layers.precision import in_float32
from bench.types import Arch, Genes

if TYPE_CHECKING:
    from bench.supernets.nb201.network import Cell, NB201Supernet


@dataclass(frozen=True)
class Values:
    """The values of a node: different ones in rows, and the row of each architecture.

    `rows` [row * image, channel, height, width]: all images of the first row, then those of the second.
    """

    rows: Tensor
    row_of: Int[np.ndarray, "arch"]

    @property
    def count(self) -> int:
        return int(self.row_of.max()) + 1


class Together:
    """The logits of many architectures on a batch of images, for prediction.

    Cells whose values at a node are equal share a row. Each row is normalized by itself, so the logits differ from
    those of one architecture at a time by rounding only: larger batches may choose other kernels.
    """

    def __init__(self, supernet: "NB201Supernet", images: Tensor) -> None:
        self._supernet, self._images = supernet, len(images)
        self._stem = supernet.stem(images)

    def logits(self, archs: Sequence[Arch], live: Genes) -> Tensor:
        """Return [arch, image, class]; `live` [arch, decision] are the architectures without dead edges."""
        supernet, values = self._supernet, Values(self._stem, np.zeros(len(archs), dtype=int))
        for stage in range(len(supernet.stages)):
            if stage:
                values = Values(supernet.reductions[stage - 1](values.rows, values.count), values.row_of)
            for cell in cast(nn.ModuleList, supernet.stages[stage]):
                values = self._through(cast("Cell", cell), values, live)
        pooled = functional.relu(supernet.last_norm(values.rows, values.count)).mean(dim=(2, 3))
        by_row = in_float32(supernet.classifier, pooled).unflatten(0, (values.count, self._images))
        return by_row.index_select(0, to_device(values.row_of, by_row.device))

    def _through(self, cell: "Cell", values: Values, live: Genes) -> Values:
        nodes = [values]
        for target in range(1, 4):
            edges = [(edge, source) for edge, (source, to) in enumerate(EDGES) if to == target]
            results = [torch.zeros_like(values.rows[: self._images])]  # what an edge without an operation adds
            terms, count = np.zeros((len(live), len(edges)), dtype=int), 1
            for column, (edge, source) in enumerate(edges):
                for choice in set(live[:, edge].tolist()) - {NONE}:
                    users = live[:, edge] == choice
                    rows, term = np.unique(nodes[source].row_of[users], return_inverse=True)
                    results.append(self._result(cell, edge, choice, nodes[source], rows))
                    terms[users, column] = count + term
                    count += len(rows)
            different, row_of = np.unique(terms, axis=0, return_inverse=True)
            every = torch.cat(results).unflatten(0, (count, self._images))
            total = self._chosen(every, different[:, 0])
            for column in range(1, len(edges)):
                total = total + self._chosen(every, different[:, column])
            nodes.append(Values(total.flatten(0, 1), row_of.reshape(-1)))
        return nodes[3]

    def _result(self, cell: "Cell", edge: int, choice: int, node: Values, rows: Int[np.ndarray, "row"]) -> Tensor:
        """Return an operation's result on some rows of a node."""
        start = node.rows
        if len(rows) < node.count:
            start = self._chosen(start.unflatten(0, (node.count, self._images)), rows).flatten(0, 1)
        return cell.operate(cell.names.get((edge, choice), ""), choice, functional.relu(start), start, "all", len(rows))

    def _chosen(self, rows: Tensor, which: Int[np.ndarray, "row"]) -> Tensor:
        chosen = rows.index_select(0, to_device(which, rows.device))
        return chosen.flatten(0, 1).contiguous(memory_format=torch.channels_last).unflatten(0, (-1, self._images))
