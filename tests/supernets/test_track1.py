"""The channel supernet: every sub-network is a plain ResNet-20, and shares what its sharing says."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from bench.errors import RecipeError
from bench.rng import stream
from bench.slot import OPEN
from bench.spaces.track1 import Track1
from bench.supernets import build_supernet
from bench.supernets.layers.norm_layer import recalibrated
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.norms.recalibrated import Recalibrated
from bench.supernets.norms.tracked import Tracked
from bench.supernets.track1 import COPIES, Track1Net
from bench.supernets.track1.network import STRIDED
from bench.types import Mixture, PerCell

SPACE = Track1()
AFFINE = BatchStatistics(affine=True)
SHARINGS = [Track1Net(conv=c, norm=n) for c in COPIES for n in COPIES]
SHARINGS += [Track1Net(norm=n, classifier="independent") for n in COPIES]
SHARINGS += [Track1Net(conv="front", classifier="independent")]
QUICK = [Track1Net(conv=mode, norm=mode) for mode in COPIES] + SHARINGS[-1:]
"""Every way of sharing of every layer once; all pairs of them take a minute."""
MODES = pytest.mark.parametrize(
    "sharing",
    [pytest.param(s, marks=() if s in QUICK else pytest.mark.slow) for s in SHARINGS],
    ids=[f"{s.conv}-{s.norm}-{s.classifier}" for s in SHARINGS],
)
PIXELS = torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def supernet(sharing=Track1Net(), norm=AFFINE, seed=0):  # noqa: B008  frozen
    built = build_supernet(replace(sharing, resolution=8), SPACE, norm, channels=3, classes=10, seed=seed)
    with torch.no_grad():
        for name, values in built.named_parameters():
            if ".norm." in name:  # ones and zeros would hide which copy was taken
                values.add_(torch.rand(values.shape, generator=torch.Generator().manual_seed(len(name))))
    return built


def archs(count, seed=0):
    return [tuple(int(g) for g in arch) for arch in SPACE.sample(stream(seed, "archs"), count)]


def copy_of(sharing, before, after, copies):
    """Return the copy that the definition names, written out on its own."""
    return {
        "full": lambda: copies["any-any"],
        "front": lambda: copies[f"{before}-any"],
        "end": lambda: copies[f"any-{after}"],
        "independent": lambda: copies[f"{before}-{after}"],
    }[sharing]()


class ResNet20(nn.Module):
    """A stand-alone network of the given widths, written without the supernet's layers."""

    def __init__(self, widths, classes, always):
        super().__init__()
        self.convs, self.norms = nn.ModuleList(), nn.ModuleList()
        self.short, self.short_norm = nn.ModuleDict(), nn.ModuleDict()
        before = 3
        for layer, width in enumerate(widths):
            self.convs.append(nn.Conv2d(before, width, 3, 2 if layer in (7, 13) else 1, 1, bias=False))
            self.norms.append(nn.BatchNorm2d(width, track_running_stats=False))
            before = width
        for block in range(9):
            first, last = widths[2 * block], widths[2 * block + 2]
            stride = 2 if block in (3, 6) else 1
            if always or stride == 2 or first != last:
                self.short[str(block)] = nn.Conv2d(first, last, 1, stride, bias=False)
                self.short_norm[str(block)] = nn.BatchNorm2d(last, track_running_stats=False)
        self.fc = nn.Linear(widths[-1], classes)

    def forward(self, x):
        x = functional.relu(self.norms[0](self.convs[0](x)))
        for block in range(9):
            y = functional.relu(self.norms[2 * block + 1](self.convs[2 * block + 1](x)))
            y = self.norms[2 * block + 2](self.convs[2 * block + 2](y))
            key = str(block)
            x = functional.relu(y + (self.short_norm[key](self.short[key](x)) if key in self.short else x))
        return self.fc(x.mean(dim=(2, 3)))


def stand_alone(shared, sharing, arch, always=False):
    """Return the network of an architecture with the supernet's weights copied by the definition of the sharing."""
    widths = [4 * (gene + 1) for gene in arch]
    plain = ResNet20(widths, 10, always)

    def fill(conv, norm, source, before, after):
        weight = copy_of(sharing.conv, before, after, source.conv.copies).weight
        taken = copy_of(sharing.norm, before, after, source.norm.copies)
        conv.weight.copy_(weight[:after, :before])
        norm.weight.copy_(taken.weight[:after])
        norm.bias.copy_(taken.bias[:after])

    with torch.no_grad():
        for layer, (before, after) in enumerate(zip([3, *widths], widths, strict=False)):
            fill(plain.convs[layer], plain.norms[layer], shared.layers[layer], before, after)
        for key in plain.short:
            block = int(key)
            before, after = widths[2 * block], widths[2 * block + 2]
            fill(plain.short[key], plain.short_norm[key], shared.shortcuts[str(2 * block + 2)], before, after)
        last = shared.classifier.copies
        fc = last["any-any"] if sharing.classifier == "full" else last[f"{widths[-1]}-any"]
        plain.fc.weight.copy_(fc.weight[:, : widths[-1]])
        plain.fc.bias.copy_(fc.bias)
    return plain


@pytest.mark.quick_cases(0)
@MODES
def test_a_sub_network_is_the_plain_resnet_20_with_its_weights(sharing):
    shared = supernet(sharing)
    for arch in archs(3):
        torch.testing.assert_close(shared(PIXELS, arch), stand_alone(shared, sharing, arch)(PIXELS))


@pytest.mark.slow
def test_a_shortcut_stands_where_shapes_differ_or_always():
    equal = (3,) * 19  # sixteen channels in all layers: only the two strides change a shape
    for always in (False, True):
        shared = supernet(Track1Net(shortcut="always" if always else "where-needed"))
        plain = stand_alone(shared, Track1Net(), equal, always)
        assert len(plain.short) == (9 if always else 2)
        torch.testing.assert_close(shared(PIXELS, equal), plain(PIXELS))


def test_a_sub_network_has_the_parameters_that_the_space_counts():
    counted = SPACE.costs(np.array(archs(4), dtype=np.int8))["params"]
    for arch, params in zip(archs(4), counted, strict=True):
        plain = ResNet20([4 * (gene + 1) for gene in arch], 100, False)
        assert sum(p.numel() for p in plain.parameters()) == params


def test_the_resolution_halves_at_layers_8_and_14():
    assert STRIDED == (7, 13)


def used(shared, arch):
    """Return every weight that reaches the logits of an architecture: parameter name -> where it is used."""
    shared.zero_grad()
    (shared(PIXELS, arch) * torch.randn(6, 10, generator=torch.Generator().manual_seed(1))).sum().backward()
    return {
        name: (p.grad != 0) if p.grad is not None else torch.zeros_like(p, dtype=torch.bool)
        for name, p in shared.named_parameters()
    }


SHARED = {
    # how many channels of one layer, (before, after), two architectures share: first copy, then slice
    "full": lambda a, b: (min(a[0], b[0]), min(a[1], b[1])),
    "front": lambda a, b: (a[0], min(a[1], b[1])) if a[0] == b[0] else (0, 0),
    "end": lambda a, b: (min(a[0], b[0]), a[1]) if a[1] == b[1] else (0, 0),
    "independent": lambda a, b: a if a == b else (0, 0),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "mode", [pytest.param(m, marks=pytest.mark.slow if m == "independent" else ()) for m in COPIES]
)
def test_two_architectures_share_exactly_the_slice_of_the_definition(mode):
    shared = supernet(Track1Net(conv=mode, norm=mode))
    for layer in (1, 10, 18):
        for a, b in ((archs(2)), ((3,) * 19, (1,) * 19), ((3,) * 19, (3,) * 18 + (1,)), ((1,) * 18 + (3,), (3,) * 19)):
            ours, theirs = used(shared, a), used(shared, b)
            widths = [(4 * (arch[layer - 1] + 1), 4 * (arch[layer] + 1)) for arch in (a, b)]
            before, after = SHARED[mode](*widths)
            both = [
                int((ours[name] & theirs[name]).any(dim=(2, 3)).sum())
                for name in ours
                if name.startswith(f"layers.{layer}.conv.")
            ]
            assert sum(both) == before * after
            norms = [
                int((ours[name] & theirs[name]).sum())
                for name in ours
                if name.startswith(f"layers.{layer}.norm.") and name.endswith("bias")
            ]
            assert sum(norms) == after


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["full", "independent"])
def test_two_architectures_share_exactly_the_columns_of_the_classifier_that_both_have(mode):
    shared = supernet(Track1Net(classifier=mode))
    for a, b in ((3, 1), (3, 3), (9, 12)):
        ours, theirs = (used(shared, (3,) * 18 + (last,)) for last in (a, b))
        both = [
            int((ours[name] & theirs[name]).any(dim=0).sum())
            for name in ours
            if name.startswith("classifier.") and name.endswith("weight")
        ]
        assert sum(both) == (4 * (min(a, b) + 1) if mode == "full" or a == b else 0)


@pytest.mark.slow
@MODES
def test_a_marker_written_through_one_is_read_through_the_other_only_where_they_share(sharing):
    b = (3,) * 18 + (1,)  # written through (3,) * 19: they differ in the last layer's outgoing channels, 16 and 8
    shared = supernet(sharing)
    before = shared(PIXELS, b).detach()
    last = shared.layers[18]
    with torch.no_grad():
        copy_of(sharing.conv, 16, 16, last.conv.copies).weight[0, 0, 1, 1] += 3.0
    changed = not torch.equal(before, shared(PIXELS, b))
    assert changed == (sharing.conv in ("full", "front"))
    before = shared(PIXELS, b).detach()
    with torch.no_grad():
        copy_of(sharing.norm, 16, 16, last.norm.copies).bias[0] += 3.0
    assert (not torch.equal(before, shared(PIXELS, b))) == (sharing.norm in ("full", "front"))
    before = shared(PIXELS, b).detach()
    with torch.no_grad():
        name = "any-any" if sharing.classifier == "full" else "16-any"
        shared.classifier.copies[name].bias[0] += 3.0
    assert (not torch.equal(before, shared(PIXELS, b))) == (sharing.classifier == "full")


@pytest.mark.slow
@MODES
def test_what_architectures_share_from_the_stem_on_changes_no_bit(sharing):
    shared = supernet(sharing).eval()
    asked = sorted([*archs(6), archs(1)[0][:12] + (0,) * 7, (*archs(1)[0][:-1], 15)])
    with torch.inference_mode():
        alone = {arch: shared(PIXELS, arch) for arch in asked}
        for order in (asked, asked[::-1], asked[::2] + asked[1::2]):
            ask = shared.on_images(PIXELS)
            for arch in order:
                assert torch.equal(ask(arch), alone[arch])


@pytest.mark.slow
def test_gradients_through_the_shared_prefix_are_those_of_each_path_alone():
    shared = supernet()
    one = archs(1)[0]
    paths = [one, one[:9] + (7,) * 10, one[:2] + (0,) * 17]
    ask = shared.on_images(PIXELS)
    sum(ask(arch).square().sum() for arch in paths).backward()
    together = {name: p.grad.clone() for name, p in shared.named_parameters() if p.grad is not None}
    shared.zero_grad()
    for arch in paths:
        shared(PIXELS, arch).square().sum().backward()
    one_by_one = {name: p.grad for name, p in shared.named_parameters() if p.grad is not None}
    assert len(one_by_one) > 20
    torch.testing.assert_close(together, one_by_one, rtol=1e-3, atol=1e-4)


def test_tracked_statistics_are_sliced_like_the_weights():
    shared = supernet(norm=Tracked())
    small = (0,) * 19
    shared.train()(PIXELS, small)
    layer = shared.layers[3].norm.copies["any-any"]
    assert (layer.running_mean[:4] != 0).all()
    assert (layer.running_mean[4:] == 0).all()


@pytest.mark.slow
def test_recalibrated_statistics_are_those_of_the_architecture():
    shared = supernet(norm=Recalibrated(images=6, affine=True)).eval()
    for arch in archs(2):
        plain = stand_alone(shared, Track1Net(), arch)
        for layer in plain.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.running_mean, layer.running_var = torch.zeros(layer.num_features), torch.ones(layer.num_features)
                layer.track_running_stats, layer.momentum = True, 1.0
        plain.train()(PIXELS)
        with recalibrated(shared, arch, [PIXELS]):
            torch.testing.assert_close(shared(PIXELS[:2], arch), plain.eval()(PIXELS[:2]), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("norm", "construct", "message"),
    [
        (
            BatchStatistics(affine=True, per_inputs=True),
            Track1Net(),
            "batch-statistics.per_inputs is True, but",
        ),
        (BatchStatistics(), Track1Net(norm="end"), "track1-net.norm is 'end', but this norm has nothing to share"),
        (AFFINE, Track1Net(resolution=10), "track1-net.resolution is 10; allowed: a multiple of 4"),
    ],
)
def test_settings_that_make_no_sense_together_are_refused(norm, construct, message):
    if construct.resolution is OPEN:
        construct = replace(construct, resolution=8)
    with pytest.raises(RecipeError, match=message):
        build_supernet(construct, SPACE, norm, channels=3, classes=10, seed=0)


@pytest.mark.slow
def test_a_channel_supernet_takes_no_mixture_and_no_architecture_per_cell():
    for choice in (Mixture(torch.ones(19, 16)), PerCell(((0,) * 19,))):
        with pytest.raises(RecipeError, match=f"takes one architecture, not a {type(choice).__name__}"):
            supernet()(PIXELS, choice)


def test_an_unknown_sharing_names_the_known_ones():
    with pytest.raises(RecipeError, match=r"track1-net\.conv is 'half'; allowed: full, front, end, independent"):
        Track1Net(conv="half")
    with pytest.raises(RecipeError, match=r"track1-net\.classifier is 'end'; allowed: full, independent"):
        Track1Net(classifier="end")
    with pytest.raises(RecipeError, match=r"track1-net\.shortcut is 'never'; allowed: where-needed, always"):
        Track1Net(shortcut="never")
