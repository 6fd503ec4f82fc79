import numpy as np
import pytest
import torch

from bench.errors import RecipeError
from bench.rng import stream
from bench.sample.images.device_images import DeviceImages
from bench.sample.images.image_set import ImageSet

MEMORY = np.random.default_rng(0).integers(0, 256, (12, 8, 8, 3), dtype=np.uint8)
IMAGES = ImageSet(
    name="random",
    x_train=MEMORY,
    y_train=np.arange(12, dtype=np.uint8),
    x_test=MEMORY[:5, ::-1],
    y_test=np.arange(5, dtype=np.uint8),
    source="test",
)


def on_device(resolution=8, shift=0.125, **chosen):
    return DeviceImages.of(IMAGES, np.arange(12), resolution=resolution, shift=shift, device="cpu", **chosen)


def normalized(pixels):
    """Return [batch, row, column, channel] as floats, normalized by the training split."""
    values = MEMORY / 255
    return (pixels / 255 - values.mean(axis=(0, 1, 2))) / values.std(axis=(0, 1, 2), ddof=1)


def test_a_batch_without_a_generator_is_the_normalized_original():
    values, labels = on_device().batch(np.array([3, 0, 7]), None, flip=True)
    assert labels.tolist() == [3, 0, 7]
    np.testing.assert_allclose(values.permute(0, 2, 3, 1), normalized(MEMORY[[3, 0, 7]]), atol=1e-5)


@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize("shift", [0, 0.125, 0.25])
def test_shift_and_flip_equal_a_plain_loop_over_images(shift, flip):
    pad, chosen = round(8 * shift), np.array([5, 1, 1, 9, 0, 11])
    values, _ = on_device(shift=shift).batch(chosen, stream(0, "augmentation"), flip=flip)

    rng = stream(0, "augmentation")
    top, left = rng.integers(0, 2 * pad + 1, size=(2, len(chosen)))
    mirrored = rng.random(len(chosen)) < 0.5
    for row, image in enumerate(chosen):
        canvas = np.zeros((8 + 2 * pad, 8 + 2 * pad, 3))
        canvas[pad : pad + 8, pad : pad + 8] = MEMORY[image]
        window = canvas[top[row] : top[row] + 8, left[row] : left[row] + 8]
        if flip and mirrored[row]:
            window = window[:, ::-1]
        np.testing.assert_allclose(values[row].permute(1, 2, 0), normalized(window), atol=1e-5)


def test_turning_the_flip_off_moves_no_other_draw():
    streams = [stream(0, "augmentation") for _ in range(2)]
    for rng, flip in zip(streams, (True, False), strict=True):
        on_device().batch(np.arange(12), rng, flip=flip)
    assert streams[0].random() == streams[1].random()


def test_every_shift_and_both_directions_occur():
    single = np.zeros((1, 8, 8, 1), dtype=np.uint8)
    single[0, 4, 2] = 255
    images = DeviceImages(torch.from_numpy(single), torch.zeros(1, dtype=torch.long), torch.zeros(1), torch.ones(1), 1)
    values, _ = images.batch(np.zeros(500, dtype=int), stream(0, "augmentation"), flip=True)
    where = {tuple(map(int, image[0].nonzero()[0])) for image in values}
    assert where == {(row, column) for row in (3, 4, 5) for column in (1, 2, 3, 4, 5, 6)}


def test_images_are_averaged_down_to_the_resolution():
    values, _ = on_device(resolution=4).batch(np.arange(12), None, flip=False)
    blocks = np.round(MEMORY.reshape(12, 4, 2, 4, 2, 3).mean(axis=(2, 4)))
    np.testing.assert_allclose(values.permute(0, 2, 3, 1), normalized(blocks), atol=1e-5)


def test_batches_lie_channels_last_in_memory():
    values, _ = on_device().batch(np.arange(4), None, flip=False)
    assert values.shape == (4, 3, 8, 8)
    assert values.is_contiguous(memory_format=torch.channels_last)


def test_the_test_split_is_normalized_like_the_training_split():
    test = DeviceImages.of(IMAGES, np.arange(5), resolution=8, shift=0.0, device="cpu", split="test")
    values, labels = test.batch(np.arange(5), None, flip=False)
    assert labels.tolist() == list(range(5))
    np.testing.assert_allclose(values.permute(0, 2, 3, 1), normalized(MEMORY[:5, ::-1]), atol=1e-5)


def test_no_images_can_be_averaged_down_too():
    nothing = DeviceImages.of(IMAGES, np.arange(0), resolution=4, shift=0.0, device="cpu")
    assert (len(nothing), nothing.side) == (0, 4)


@pytest.mark.parametrize("resolution", [3, 16])
def test_a_resolution_that_does_not_divide_the_side_is_refused(resolution):
    with pytest.raises(
        RecipeError, match=rf"construct\.resolution is {resolution}; allowed: a divisor of the images' side 8"
    ):
        on_device(resolution=resolution)


def test_auto_augmentation_draws_a_policy_per_image_from_the_stream_alone():
    drawn = []
    for seed in (0, 0, 1):
        torch.manual_seed(len(drawn))  # the global generator must not matter
        drawn.append(on_device(shift=0).batch(np.zeros(12, int), stream(seed, "a"), flip=False, auto_augment=True)[0])
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert len(torch.unique(drawn[0], dim=0)) > 6, "one image, many policies"


def test_auto_augmentation_is_torchvisions_on_the_bytes():
    from torchvision.transforms import v2

    rng = stream(0, "a")
    found, _ = on_device(shift=0).batch(np.arange(3), rng, flip=False, auto_augment=True)
    again = stream(0, "a")
    again.integers(0, 1, size=(2, 3)), again.random(3)
    augment = v2.AutoAugment(v2.AutoAugmentPolicy.CIFAR10)
    torch.manual_seed(int(again.integers(2**62)))
    images = [augment(torch.from_numpy(image).permute(2, 0, 1)) for image in MEMORY[:3]]
    np.testing.assert_allclose(
        found, normalized(torch.stack(images).permute(0, 2, 3, 1).numpy()).transpose(0, 3, 1, 2), atol=1e-5
    )


def test_nothing_is_augmented_without_a_generator():
    plain, augmented = (
        on_device().batch(np.arange(12), None, flip=True, auto_augment=auto)[0] for auto in (False, True)
    )
    assert torch.equal(plain, augmented)
