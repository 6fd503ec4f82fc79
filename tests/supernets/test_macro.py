"""The NAS-Bench-Macro supernet: every sub-network is the benchmark's plain network with its weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from bench.errors import RecipeError
from bench.rng import stream
from bench.slot import OPEN
from bench.spaces.macro import Macro
from bench.supernets import build_supernet
from bench.supernets.layers.norm_layer import recalibrated
from bench.supernets.macro import MacroNet
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.norms.recalibrated import Recalibrated
from bench.supernets.norms.tracked import Tracked
from bench.types import Mixture, PerCell

SPACE = Macro()
AFFINE = BatchStatistics(affine=True)
PIXELS = torch.randn(6, 3, 16, 16, generator=torch.Generator().manual_seed(0))
FIXED = ["00000000", "11111111", "22222222", "01020120", "20102001"]
ARCHS = [SPACE.parse(text) for text in FIXED]


def supernet(norm=AFFINE, width=3):
    construct = MacroNet(width=width, resolution=16)
    built = build_supernet(construct, SPACE, norm, channels=3, classes=10, seed=0)
    with torch.no_grad():
        for name, values in built.named_parameters():
            if "norm." in name:  # ones and zeros would hide which norm was taken
                values.add_(torch.rand(values.shape, generator=torch.Generator().manual_seed(len(name))))
    return built


def unit(before, after, kernel=1, stride=1, groups=1, active=True):
    layers = [
        nn.Conv2d(before, after, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(after, track_running_stats=False),
    ]
    return nn.Sequential(*layers, *([nn.ReLU()] if active else []))


class Plain(nn.Module):
    """A network of the benchmark, written from its description and without the supernet's layers."""

    def __init__(self, digits, width=32, classes=10):
        super().__init__()
        self.stem = unit(3, width, 3)
        self.blocks = nn.ModuleList()
        before = width
        for place, digit in enumerate(digits):
            stride = 2 if place in (0, 2, 5) else 1
            after = before * stride
            if digit == "0":
                self.blocks.append(unit(before, after, 1, 2, active=False) if stride == 2 else nn.Identity())
            else:
                expansion, kernel = {"1": (3, 3), "2": (6, 5)}[digit]
                middle = before * expansion
                self.blocks.append(
                    nn.Sequential(
                        unit(before, middle),
                        unit(middle, middle, kernel, stride, groups=middle),
                        unit(middle, after, active=False),
                    )
                )
            before = after
        self.head = unit(before, 40 * width)
        self.fc = nn.Linear(40 * width, classes)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            y = block(x)
            bottleneck = isinstance(block, nn.Sequential) and isinstance(block[0], nn.Sequential)
            x = x + y if bottleneck and y.shape == x.shape else y
        return self.fc(functional.adaptive_avg_pool2d(self.head(x), 1).flatten(1))


def stand_alone(shared, arch, width=3):
    """Return the plain network of an architecture with the supernet's weights, module by module in their order."""
    plain = Plain(SPACE.spell(arch), width)
    weights = [shared.stem.weight, shared.stem_norm.weight, shared.stem_norm.bias]
    for block, gene in enumerate(arch):
        weights += shared.blocks[block][str(gene)].parameters()
    weights += [shared.last.weight, shared.last_norm.weight, shared.last_norm.bias]
    weights += shared.classifier.parameters()
    with torch.no_grad():
        for own, taken in zip(plain.parameters(), weights, strict=True):
            own.copy_(taken)
    return plain


@pytest.mark.parametrize("arch", ARCHS, ids=FIXED)
def test_a_sub_network_is_the_plain_network_with_its_weights(arch):
    shared = supernet()
    torch.testing.assert_close(shared(PIXELS, arch), stand_alone(shared, arch)(PIXELS), rtol=1e-4, atol=1e-5)


def test_a_plain_network_has_the_parameters_that_the_space_counts():
    counted = SPACE.costs(np.array(ARCHS, dtype=np.int8))["params"]
    for digits, params in zip(FIXED, counted, strict=True):
        assert sum(p.numel() for p in Plain(digits).parameters()) == params


def test_the_canonical_form_is_another_spelling_of_the_same_plain_network():
    """The blocks of the second spelling are those of the first without its identities, so weights can be copied."""
    one, other = Plain("10001202", 2), Plain("10010220", 2)
    with torch.no_grad():
        for own, taken in zip(other.parameters(), one.parameters(), strict=True):
            own.copy_(taken)
    assert torch.equal(one(PIXELS), other(PIXELS))
    genes = np.array([SPACE.parse("10001202")], dtype=np.int8)
    assert SPACE.spell_all(SPACE.canonical(genes)) == ["10010220"]


@pytest.mark.slow
def test_what_architectures_share_from_the_stem_on_changes_no_bit():
    shared = supernet().eval()
    asked = sorted({tuple(arch) for arch in SPACE.sample(stream(0, "archs"), 8).tolist()} | {*ARCHS})
    with torch.inference_mode():
        alone = {arch: shared(PIXELS, arch) for arch in asked}
        for order in (asked, asked[::-1], asked[::2] + asked[1::2]):
            ask = shared.on_images(PIXELS)
            for arch in order:
                assert torch.equal(ask(arch), alone[arch])


def test_prediction_runs_each_block_once_per_different_prefix():
    shared, calls = supernet().eval(), []
    for block, operations in enumerate(shared.blocks):
        for operation in operations.values():
            operation.register_forward_hook(lambda *_, block=block: calls.append(block))
    ask = shared.on_images(PIXELS)
    for text in ("11111111", "11111112", "11111122", "21111111"):
        ask(SPACE.parse(text))
    assert [calls.count(block) for block in range(8)] == [2, 2, 2, 2, 2, 2, 3, 4]


@pytest.mark.slow
def test_a_mixture_of_one_operation_per_block_is_that_architecture():
    shared = supernet()
    for arch in ARCHS:
        weights = functional.one_hot(torch.tensor(arch), 3).float()
        torch.testing.assert_close(shared(PIXELS, Mixture(weights)), shared(PIXELS, arch))
        torch.testing.assert_close(shared.on_images(PIXELS)(Mixture(weights)), shared(PIXELS, arch))


def test_a_mixture_adds_all_operations_by_their_weights():
    shared, arch = supernet(), (1, 0, 1, 1, 1, 1, 1, 1)
    weights = functional.one_hot(torch.tensor(arch), 3).float()
    weights[0] = torch.tensor([0.2, 0.3, 0.5])
    first = shared.stem_of(PIXELS)
    mixed = sum(weight * shared.block_of(0, (choice,), first) for choice, weight in enumerate((0.2, 0.3, 0.5)))
    for block in range(1, 8):
        mixed = shared.block_of(block, arch[block : block + 1], mixed)
    torch.testing.assert_close(shared(PIXELS, Mixture(weights)), shared.tail_of(mixed))


def test_every_path_moves_the_tracked_statistics():
    one, other = (supernet(Tracked()).train() for _ in range(2))
    ask = one.on_images(PIXELS)
    for arch in ARCHS[:2] * 2:
        ask(arch)
        other(PIXELS, arch)
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


def test_recalibrated_statistics_are_those_of_the_architecture():
    shared = supernet(Recalibrated(images=6, affine=True)).eval()
    for arch in ARCHS[3:]:
        plain = stand_alone(shared, arch)
        for layer in plain.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.running_mean, layer.running_var = torch.zeros(layer.num_features), torch.ones(layer.num_features)
                layer.track_running_stats, layer.momentum = True, 1.0
        plain.train()(PIXELS)
        with recalibrated(shared, arch, [PIXELS]):
            torch.testing.assert_close(shared(PIXELS[:2], arch), plain.eval()(PIXELS[:2]), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("norm", "construct", "message"),
    [
        (BatchStatistics(affine=True, per_inputs=True), MacroNet(), "per_inputs is True, but a chain has no edges"),
        (AFFINE, MacroNet(resolution=12), r"macro-net\.resolution is 12; allowed: a multiple of 8"),
    ],
)
def test_settings_that_make_no_sense_together_are_refused(norm, construct, message):
    sized = replace(construct, width=2, resolution=8 if construct.resolution is OPEN else construct.resolution)
    with pytest.raises(RecipeError, match=message):
        build_supernet(sized, SPACE, norm, channels=3, classes=10, seed=0)


def test_a_chain_has_no_cells_that_differ():
    with pytest.raises(RecipeError, match="takes one architecture, not a PerCell; name one"):
        supernet()(PIXELS, PerCell((ARCHS[0],)))


def test_a_mixture_may_compute_one_architecture_and_add_the_other_weights_as_numbers():
    shared, arch = supernet(), ARCHS[1]
    weights = functional.one_hot(torch.tensor(arch), 3).float().requires_grad_()
    calls = []
    for operations in shared.blocks:
        for operation in operations.values():
            operation.register_forward_hook(lambda *_: calls.append(1))
    found = shared(PIXELS, Mixture(weights, only=arch))
    assert len(calls) == 8
    torch.testing.assert_close(found, shared(PIXELS, arch))
    (gradient,) = torch.autograd.grad(found.logsumexp(dim=1).sum(), [weights])
    for block, choice in enumerate(arch):
        first, second = (gradient[block, other] for other in range(3) if other != choice)
        torch.testing.assert_close(first, second)
        assert first != 0
