"""Operations of a supernet that its stand-alone networks do not have."""

import numpy as np
import pytest
import torch

from bench.errors import RecipeError
from bench.rng import stream
from bench.spaces.nb201 import NB201
from bench.supernets import build_supernet
from bench.supernets.layers.dropout import dropped
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.norms.tracked import Tracked

SPACE = NB201()
ARCHS = [tuple(int(gene) for gene in arch) for arch in SPACE.sample(stream(0, "ops"), 8)] + [(1, 1, 4, 4, 1, 1)]
BOTH = ("skip_connect", "avg_pool_3x3")
SKIPS = (1, 1, 1, 1, 1, 1)


def supernet(norm=None, space=SPACE, **settings):
    construct = NB201Net(**{"cells": 1, "width": 3, "resolution": 8, "reduction": "pooled"} | settings)
    built = build_supernet(construct, space, norm or BatchStatistics(), channels=1, classes=10, seed=0)
    built.rng = stream(0, "dropout")
    return built


def batch(count=16):
    return torch.from_numpy(stream(0, "batch").normal(size=(count, 1, 8, 8)).astype(np.float32))


def operations(built, choice):
    return [cell.operations[f"{edge}/{choice}"] for stage in built.stages for cell in stage for edge in range(6)]


def plain_like(built):
    """Return the plain supernet with the weights that `built` has for it."""
    plain = supernet()
    weights = built.state_dict()
    plain.load_state_dict({name: weights.get(name, value) for name, value in plain.state_dict().items()})
    return plain


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("arch", ARCHS, ids=str)
def test_linear_transformers_that_are_the_identity_change_nothing(arch):
    built = supernet(linear_transformers=BOTH)
    for choice in (1, 4):
        for conv in operations(built, choice):
            torch.nn.init.dirac_(conv.weight)
    torch.testing.assert_close(built(batch(), arch), plain_like(built)(batch(), arch))


def test_a_linear_transformer_is_a_bare_convolution_behind_the_operation():
    built = supernet(linear_transformers=BOTH)
    cell, values = built.stages[0][0], torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    pooled = torch.nn.functional.avg_pool2d(values, 3, 1, 1, count_include_pad=False)
    for choice, before in ((1, values), (4, pooled)):
        conv = cell.operations[f"3/{choice}"]
        assert (conv.kernel_size, conv.bias) == ((1, 1), None)
        expected = torch.einsum("bchw,dc->bdhw", before, conv.weight[:, :, 0, 0])
        torch.testing.assert_close(cell(values, (0, 0, 0, choice, 0, 0)), expected)


def test_linear_transformers_on_skip_leave_the_pool_alone():
    names = supernet(linear_transformers=("skip_connect",)).stages[0][0].operations
    assert "0/1" in names
    assert "0/4" not in names


def test_two_edges_from_one_node_have_linear_transformers_of_their_own():
    built = supernet(linear_transformers=BOTH).eval()
    together, apart = built.on_images(batch()), (1, 1, 1, 0, 0, 1)
    torch.testing.assert_close(together(apart), built(batch(), apart))
    first, second = operations(built, 1)[:2]
    assert not torch.equal(first.weight, second.weight)


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("kernel", ["centre", "transformed-centre"])
@pytest.mark.parametrize("arch", ARCHS, ids=str)
def test_a_centre_kernel_is_the_centre_of_the_3x3_kernel_of_its_edge(arch, kernel):
    built, plain = supernet(kernel_1x1=kernel), supernet()
    plain.load_state_dict(built.state_dict(), strict=False)
    for own, whole, shared in zip(operations(plain, 2), operations(plain, 3), operations(built, 2), strict=True):
        factor = 1.0
        if kernel == "transformed-centre":
            shared.conv.factor.data.fill_(-0.5)
            factor = -0.5
        own.conv.weight.data.copy_(factor * whole.conv.weight[:, :, 1:2, 1:2])
    torch.testing.assert_close(built(batch(), arch), plain(batch(), arch))


def test_a_centre_kernel_has_no_weight_of_its_own_and_trains_the_3x3_kernel():
    built = supernet(kernel_1x1="centre")
    assert not [name for name in built.state_dict() if "/2.conv" in name]
    built(batch(), (0, 0, 0, 2, 0, 0)).square().sum().backward()
    gradient = operations(built, 3)[3].conv.weight.grad
    assert gradient[:, :, 1, 1].abs().sum() > 0
    assert gradient.count_nonzero() == gradient[:, :, 1, 1].count_nonzero()
    factors = [name for name in supernet(kernel_1x1="transformed-centre").state_dict() if name.endswith("factor")]
    assert len(factors) == 18


def test_a_centre_kernel_without_a_3x3_kernel_is_refused():
    with pytest.raises(RecipeError, match="kernel_1x1 is 'centre', but nor_conv_3x3 is masked; allowed: own"):
        supernet(kernel_1x1="centre", space=NB201(mask=("nor_conv_3x3",)))


@pytest.mark.parametrize("per_image", [True, False])
def test_dropout_keeps_the_mean_and_drops_at_its_rate(per_image):
    values = torch.ones(2_000, 2, 3, 1)
    found = dropped(values, 0.25, stream(0, "dropout"), per_image=per_image)
    assert found.unique().tolist() == pytest.approx([0.0, 1 / 0.75])
    assert float((found == 0).double().mean()) == pytest.approx(0.25, abs=0.03)
    whole = (found.flatten(1).amin(dim=1) == found.flatten(1).amax(dim=1)).all()
    assert bool(whole) == per_image


def test_path_dropout_drops_results_of_edges_but_no_identity_and_only_in_training():
    built, plain = supernet(path_dropout=0.6), supernet()
    pools = (0, 0, 0, 4, 0, 0)
    torch.testing.assert_close(built.train()(batch(), SKIPS), plain.train()(batch(), SKIPS))
    assert not torch.allclose(built.train()(batch(), pools), plain.train()(batch(), pools))
    torch.testing.assert_close(built.eval()(batch(), pools), plain.eval()(batch(), pools))


def test_path_dropout_grows_with_the_depth_of_the_cell():
    built = supernet(path_dropout=0.6, cells=2).train()
    seen = []
    for stage in built.stages:
        for cell in stage:
            cell.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[3].keywords["rate"]))
    built(batch(), SKIPS)
    assert seen == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])


def test_each_path_of_an_update_has_masks_of_its_own():
    sub_network = supernet(path_dropout=0.6).train().on_images(batch())
    pools = (0, 0, 0, 4, 0, 0)
    assert not torch.allclose(sub_network(pools), sub_network(pools))


def test_global_dropout_acts_before_the_classifier_and_only_in_training():
    built, plain = supernet(global_dropout=0.5), supernet()
    seen = []
    built.classifier.register_forward_hook(lambda module, inputs, output: seen.append(inputs[0]))
    torch.testing.assert_close(built.eval()(batch(), ARCHS[0]), plain.eval()(batch(), ARCHS[0]))
    built.train()(batch(), ARCHS[0])
    kept = seen[1] != 0
    assert 0.3 < float((~kept & (seen[0] > 0)).sum() / (seen[0] > 0).sum()) < 0.7
    torch.testing.assert_close(seen[1][kept], 2 * seen[0][kept])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kernel_1x1": "corner"}, r"nb201-net\.kernel_1x1 is 'corner'; allowed: own, centre, transformed-centre"),
        ({"path_dropout": 1.0}, r"nb201-net\.path_dropout is 1\.0; allowed: 0 to below 1"),
        ({"global_dropout": -0.1}, r"nb201-net\.global_dropout is -0\.1; allowed: 0 to below 1"),
    ],
)
def test_a_setting_outside_its_range_is_refused(settings, message):
    with pytest.raises(RecipeError, match=message):
        NB201Net(**settings)


@pytest.mark.parametrize("name", ["nor_conv_3x3", "skip"])
def test_linear_transformers_stand_on_operations_without_weights_only(name):
    with pytest.raises(RecipeError, match=r"linear_transformers is .*; allowed: a tuple, each value skip_connect"):
        supernet(linear_transformers=(name,))


def sets_of(built, edge, choice=3):
    return list(built.stages[0][0].operations[f"{edge}/{choice}"].norm)


def test_a_weight_sharing_norm_has_one_norm_for_every_set_of_edges_into_the_source():
    built = supernet(norm=Tracked(per_inputs=True))
    assert sets_of(built, 0) == ["0-0"]
    assert sets_of(built, 4) == ["1-1"]
    assert sets_of(built, 5) == ["2-1", "2-2", "2-3"]


def test_a_weight_sharing_norm_tracks_and_uses_the_set_that_is_live():
    built = supernet(norm=Tracked(per_inputs=True))
    norms = built.stages[0][0].operations["5/3"].norm
    one, other, both = (0, 3, 0, 0, 0, 3), (3, 0, 3, 0, 0, 3), (3, 3, 3, 0, 0, 3)
    for arch, live in ((one, "2-1"), (other, "2-2"), (both, "2-3")):
        before = {name: layer.running_mean.clone() for name, layer in norms.items()}
        built.train()(batch(), arch)
        moved = {name for name, layer in norms.items() if not torch.equal(layer.running_mean, before[name])}
        assert moved == {live}
        answer = built.eval()(batch(), arch)
        norms[live].running_mean.add_(1)
        assert not torch.allclose(built.eval()(batch(), arch), answer)


def test_a_dead_edge_does_not_count_in_the_set_of_a_weight_sharing_norm():
    """(0, 1) is none, so that the convolution from node 1 to node 2 carries nothing."""
    built = supernet(norm=Tracked(per_inputs=True)).eval()
    torch.testing.assert_close(built(batch(), (0, 3, 3, 0, 0, 3)), built(batch(), (0, 3, 0, 0, 0, 3)))


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("arch", ARCHS, ids=str)
def test_weight_sharing_norms_that_are_equal_are_the_plain_norm(arch):
    shared, plain = supernet(norm=Tracked(affine=True, per_inputs=True)), supernet(norm=Tracked(affine=True))
    weights = plain.state_dict()
    shared.load_state_dict({name: weights.get(name, value) for name, value in shared.state_dict().items()})
    torch.testing.assert_close(shared.eval()(batch(), arch), plain.eval()(batch(), arch))


def test_a_weight_sharing_norm_that_keeps_nothing_is_refused():
    with pytest.raises(
        RecipeError, match=r"batch-statistics\.per_inputs is True, but this norm has no parameters or statistics"
    ):
        BatchStatistics(per_inputs=True)
