"""One layer at a time: which copy a pair of widths takes, and which part of it."""

import pytest
import torch
from torch.nn import functional

from bench.supernets.layers.slices import SlicedConv, SlicedLinear, SlicedNorm, Widths
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.norms.tracked import Tracked

BEFORE, AFTER = [4, 8], [4, 8, 12]
VALUES = torch.randn(5, 4, 6, 6, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("sharing", "copies"),
    [
        ("full", {(8, 12)}),
        ("front", {(4, 12), (8, 12)}),
        ("end", {(8, 4), (8, 8), (8, 12)}),
        ("independent", {(i, o) for i in BEFORE for o in AFTER}),
    ],
)
def test_a_copy_is_as_large_as_the_widest_that_uses_it(sharing, copies):
    widths = Widths(sharing, BEFORE, AFTER)
    assert set(widths.copies.values()) == copies
    assert len(widths.copies) == len(copies)
    for before in BEFORE:
        for after in AFTER:
            held = widths.copies[widths.name(before, after)]
            assert held[0] >= before
            assert held[1] >= after


@pytest.mark.parametrize(
    ("sharing", "copies"),
    [
        ("full", {"any-any": (8, 8)}),
        ("front", {"4-any": (4, 4), "8-any": (8, 8)}),
        ("end", {"any-4": (4, 4), "any-8": (8, 8)}),
        ("independent", {"4-4": (4, 4), "8-8": (8, 8)}),
    ],
)
def test_a_square_layer_has_one_copy_per_width_unless_all_share_one(sharing, copies):
    assert Widths(sharing, BEFORE, BEFORE, square=True).copies == copies


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (1, 1), (1, 2)])
def test_a_convolution_takes_the_first_channels_of_its_copy(kernel, stride):
    layer = SlicedConv("full", BEFORE, AFTER, kernel=kernel, stride=stride)
    weight = layer.copies["any-any"].weight[:8, :4].clone()
    expected = functional.conv2d(VALUES, weight, stride=stride, padding=kernel // 2)
    torch.testing.assert_close(layer(VALUES, 8), expected)


def test_a_norm_takes_the_first_channels_of_its_copy():
    layer = SlicedNorm("front", BEFORE, AFTER, BatchStatistics(affine=True))
    copy = layer.copies["8-any"]
    with torch.no_grad():
        copy.weight.copy_(torch.arange(1.0, 13))
        copy.bias.copy_(torch.arange(12.0))
    plain = functional.batch_norm(VALUES, None, None, torch.arange(1.0, 5), torch.arange(4.0), training=True)
    torch.testing.assert_close(layer(VALUES, 8), plain)
    assert not torch.allclose(layer(VALUES, 4), plain), "another copy"


def test_tracked_statistics_belong_to_the_copy_in_use():
    layer = SlicedNorm("end", BEFORE, AFTER, Tracked()).train()
    layer(VALUES, 8)
    assert (layer.copies["any-4"].running_mean != 0).all()
    assert (layer.copies["any-8"].running_mean == 0).all()


@pytest.mark.parametrize(("sharing", "name"), [("full", "any-any"), ("independent", "4-any")])
def test_a_classifier_keeps_its_whole_bias(sharing, name):
    layer = SlicedLinear(sharing, BEFORE, 10)
    features = VALUES.mean(dim=(2, 3))
    copy = layer.copies[name]
    torch.testing.assert_close(layer(features), functional.linear(features, copy.weight[:, :4], copy.bias))
    assert len(layer.copies) == (1 if sharing == "full" else 2)
