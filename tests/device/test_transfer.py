"""Numbers to a device: a copy on the CPU, from pinned memory without waiting to a card."""

from types import SimpleNamespace

import numpy as np
import torch

from bench.device.transfer import to_device


def test_values_arrive_unchanged_on_the_cpu():
    values = np.arange(6, dtype=np.int64).reshape(2, 3)
    np.testing.assert_array_equal(to_device(values, torch.device("cpu")).numpy(), values)


def test_a_card_gets_them_from_pinned_memory_without_waiting(monkeypatch):
    asked = []
    pinned = SimpleNamespace(to=lambda device, non_blocking: asked.append((device, non_blocking)))
    monkeypatch.setattr(torch, "from_numpy", lambda values: SimpleNamespace(pin_memory=lambda: pinned))
    card = torch.device("cuda", 1)
    to_device(np.zeros(2), card)
    assert asked == [(card, True)]
