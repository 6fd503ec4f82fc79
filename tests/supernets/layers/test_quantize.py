"""The quantizers: their levels, and their gradients against cases worked by hand."""

import math

import pytest
import torch

from bench.supernets.layers.quantize import FLOAT, quantized_activations, quantized_weights, rounded

VALUES = torch.randn(4_000, generator=torch.Generator().manual_seed(0)) * 2
CLIP = torch.tensor(2.5)


def test_two_bits_of_activations_have_four_levels_of_a_third_of_the_clipping_value():
    values = torch.tensor([-1.0, 0.0, 0.49, 0.51, 1.4, 1.6, 2.4, 2.6, 3.0, 7.0])
    expected = torch.tensor([0.0, 0, 0, 1, 1, 2, 2, 3, 3, 3])
    assert torch.equal(quantized_activations(values, torch.tensor(3.0), 2), expected)


def test_weights_of_two_bits_have_levels_of_their_hyperbolic_tangent_over_the_largest():
    weight = torch.tensor([[-0.9, 0.9], [0.05, -0.4]], dtype=torch.float64)
    scaled = [math.tanh(value) / math.tanh(0.9) for value in (-0.9, 0.9, 0.05, -0.4)]
    assert [round(value, 2) for value in scaled] == [-1.0, 1.0, 0.07, -0.53]  # levels -1, -1/3, 1/3, 1
    expected = torch.tensor([[-1.0, 1.0], [1 / 3, -1 / 3]], dtype=torch.float64)
    torch.testing.assert_close(quantized_weights(weight, 2), expected)


def test_weights_of_one_bit_are_their_sign_times_their_mean_absolute_value():
    weight = torch.tensor([1.0, -0.5, 0.0, 0.25, -0.25])
    assert torch.equal(quantized_weights(weight, 1), torch.tensor([0.4, -0.4, 0.4, 0.4, -0.4]))


@pytest.mark.parametrize("bits", [1, 2, 3, 4])
def test_quantized_values_have_two_to_the_bits_levels(bits):
    assert len(quantized_weights(VALUES, bits).unique()) == 2**bits
    assert len(quantized_activations(VALUES, CLIP, bits).unique()) == 2**bits


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 8])
def test_quantizing_again_changes_nothing(bits):
    """Weights of more than three bits are squashed by the hyperbolic tangent again, which moves them: not these."""
    once = quantized_activations(VALUES, CLIP, bits)
    assert torch.equal(quantized_activations(once, CLIP, bits), once)
    once = rounded(VALUES.sigmoid(), bits)
    assert torch.equal(rounded(once, bits), once)
    if bits <= 3:
        once = quantized_weights(VALUES, bits)
        torch.testing.assert_close(quantized_weights(once, bits), once)


def test_thirty_two_bits_are_float():
    assert torch.equal(quantized_weights(VALUES, FLOAT), VALUES)
    assert torch.equal(quantized_activations(VALUES, CLIP, FLOAT), VALUES.clamp(0, 2.5))
    assert torch.equal(quantized_activations(VALUES, torch.tensor(100.0), FLOAT), VALUES.relu())


def test_many_bits_come_close_to_float():
    torch.testing.assert_close(
        quantized_activations(VALUES, CLIP, 16), VALUES.clamp(0, 2.5), rtol=0, atol=2.5 / (2**16 - 1)
    )
    scaled = VALUES.tanh() / VALUES.tanh().abs().max()
    torch.testing.assert_close(quantized_weights(VALUES, 16), scaled, rtol=0, atol=2 / (2**16 - 1))


@pytest.mark.parametrize("bits", [2, 4, FLOAT])
def test_the_gradient_of_activations_passes_between_zero_and_the_clipping_value_and_sums_for_it_from_there_on(bits):
    values = torch.tensor([-1.0, 0.0, 0.2, 1.9, 2.0, 5.0], requires_grad=True)
    clip = torch.tensor(2.0, requires_grad=True)
    gradient = torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    quantized_activations(values, clip, bits).backward(gradient)
    assert torch.equal(values.grad, torch.tensor([0.0, 0, 4, 8, 0, 0]))
    assert clip.grad == 16 + 32


def test_the_gradient_of_one_bit_weights_is_that_of_what_reads_them():
    weight = torch.tensor([1.0, -0.5, 0.0], requires_grad=True)
    quantized_weights(weight, 1).backward(torch.tensor([1.0, 2.0, 3.0]))
    assert torch.equal(weight.grad, torch.tensor([1.0, 2.0, 3.0]))


@pytest.mark.parametrize("bits", [2, 3, 4])
def test_the_gradient_of_weights_is_that_of_the_scaled_hyperbolic_tangent(bits):
    """d/dw of tanh(w_i) / tanh(w_m), w_m = -.8 the largest: for i = m it is 0, and each other also moves w_m."""
    small, large = 0.3, -0.8
    weight = torch.tensor([small, large], dtype=torch.float64, requires_grad=True)
    quantized_weights(weight, bits).backward(torch.tensor([5.0, 7.0], dtype=torch.float64))
    top = abs(math.tanh(large))
    of_small = 5 * (1 - math.tanh(small) ** 2) / top
    # the largest is negative: its absolute value falls as it rises, so that 5 * tanh(.3) / top rises with it
    of_large = 5 * math.tanh(small) / top**2 * (1 - math.tanh(large) ** 2)
    torch.testing.assert_close(weight.grad, torch.tensor([of_small, of_large], dtype=torch.float64))


def test_a_clipping_value_below_zero_gives_finite_values_and_can_rise_again():
    clip = torch.tensor(-0.5, requires_grad=True)
    found = quantized_activations(VALUES, clip, 4)
    assert found.isfinite().all()
    found.sum().backward()
    assert clip.grad == (VALUES >= 1e-3).sum()


def test_activations_keep_the_type_of_half_precision():
    values = VALUES.to(torch.bfloat16).requires_grad_()
    clip = torch.tensor(2.0, requires_grad=True)
    found = quantized_activations(values, clip, 4)
    assert found.dtype == torch.bfloat16
    found.sum().backward()
    assert (values.grad.dtype, clip.grad.dtype) == (torch.bfloat16, torch.float32)
