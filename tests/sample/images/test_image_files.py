import errno
import io
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from bench.errors import DataError, StoreError, UnknownName
from bench.sample.images.image_files import ARRAYS, add_images, open_images, read_images, recognizes_images

RNG = np.random.default_rng(0)
PIXELS = {"x_train": (6, 8, 8, 3), "x_test": (4, 8, 8, 3)}
PLAIN = {key: RNG.integers(0, 256, shape, dtype=np.uint8) for key, shape in PIXELS.items()} | {
    "y_train": np.array([0, 1, 2, 0, 1, 2]),
    "y_test": np.array([2, 1, 0, 3]),
}


def save(path, arrays, write=np.savez):
    write(path, **arrays)
    return path


def packed(plain=PLAIN, kind="jpeg", **options):
    """Return `plain` with its images as JPEGs or lossless WebPs in one row of bytes, and where each begins."""
    from PIL import Image

    arrays = {}
    for split in ("train", "test"):
        files = []
        for image in plain[f"x_{split}"]:
            buffer = io.BytesIO()
            Image.fromarray(image).save(buffer, kind, **({"quality": 95, "lossless": kind == "webp"} | options))
            files.append(buffer.getvalue())
        arrays[f"{split}_{kind}"] = np.frombuffer(b"".join(files), dtype=np.uint8)
        arrays[f"{split}_offsets"] = np.cumsum([0, *map(len, files)])
        arrays[f"{split}_labels"] = plain[f"y_{split}"]
    return arrays


def assert_is_plain(images):
    for key in ARRAYS:
        np.testing.assert_array_equal(getattr(images, key), PLAIN[key])


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_an_archive_of_arrays_is_read_as_it_is(tmp_path, write):
    images = read_images(save(tmp_path / "mine.npz", PLAIN, write), "mine")
    assert_is_plain(images)
    assert (images.name, images.source, images.classes) == ("mine", "mine.npz", 4)


def test_an_added_archive_is_found_by_its_name_and_keeps_its_source(tmp_path):
    added = add_images(save(tmp_path / "mine.npz", PLAIN), tmp_path / "data", "other")
    assert (added.name, added.summary) == ("other", "6 training and 4 test images, 8x8, 4 classes")
    images = open_images("other", tmp_path / "data")
    assert_is_plain(images)
    assert (images.name, images.source) == ("other", "mine.npz")


def test_added_images_stay_in_their_file_so_that_processes_share_them(tmp_path):
    add_images(save(tmp_path / "mine.npz", PLAIN), tmp_path)
    images = open_images("mine", tmp_path)
    assert_is_plain(images)
    assert isinstance(images.x_train, np.memmap)
    assert not images.x_train.flags.writeable


def savez_2_0(path, **arrays):
    """Write an archive with the second version of NumPy's header."""
    with zipfile.ZipFile(path, "w") as archive:
        for key, array in arrays.items():
            with archive.open(f"{key}.npy", "w") as file:
                np.lib.format.write_array(file, array, version=(2, 0))


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed, savez_2_0])
def test_an_archive_put_there_by_hand_is_read_as_it_is(tmp_path, write):
    (tmp_path / "images").mkdir()
    turned = PLAIN | {"x_test": np.asfortranarray(PLAIN["x_test"])}
    save(tmp_path / "images" / "mine.npz", turned, write)
    assert_is_plain(open_images("mine", tmp_path))


@pytest.mark.parametrize("length", [3, 9], ids=["shorter", "longer"])
def test_an_array_of_another_length_than_its_file_says_is_refused(tmp_path, length):
    path = save(tmp_path / "mine.npz", PLAIN)
    said = f"'shape': ({length}, 8, 8, 3)".encode()
    path.write_bytes(path.read_bytes().replace(b"'shape': (6, 8, 8, 3)", said))
    with pytest.raises(DataError, match=r"Bad CRC-32 for file 'x_train.npy'|its shape .* needs"):
        read_images(path, "mine", mapped=True)


def test_an_archive_is_added_under_its_own_name(tmp_path):
    assert add_images(save(tmp_path / "mine.npz", PLAIN), tmp_path).name == "mine"
    assert [path.name for path in (tmp_path / "images").iterdir()] == ["mine.npz"]


def test_packed_jpegs_are_decoded_one_by_one(tmp_path):
    flat = {key: np.zeros_like(PLAIN[key]) for key in PIXELS}
    for array in flat.values():
        array += np.arange(0, 40 * len(array), 40, dtype=np.uint8)[:, None, None, None]
    images = read_images(save(tmp_path / "mine.npz", packed(PLAIN | flat)), "mine")
    for key, array in flat.items():
        np.testing.assert_allclose(getattr(images, key).astype(int), array, atol=2)
    assert images.y_test.tolist() == PLAIN["y_test"].tolist()


def test_packed_lossless_images_are_decoded_to_the_bit_and_counted(tmp_path):
    seen = []

    def track(places, description):
        seen.append((len(places), description))
        return places

    path = save(tmp_path / "mine-webp-lossless.npz", packed(kind="webp"))
    added = add_images(path, tmp_path, track=track)
    assert seen == [(6, f"decoding {path.name}, train"), (4, f"decoding {path.name}, test")]
    assert (added.name, added.summary) == ("mine", "6 training and 4 test images, 8x8, 4 classes")
    stored = open_images("mine", tmp_path)
    assert_is_plain(stored)
    assert (stored.source, isinstance(stored.x_train, np.memmap)) == (path.name, True)
    assert stored.sha256 == read_images(save(tmp_path / "plain.npz", PLAIN), "mine").sha256


def webp_header(width, height):
    """Return the first bytes of a lossless WebP of some size, without pixels."""
    size = (width - 1) | (height - 1) << 14
    return b"RIFF\x20\0\0\0WEBPVP8L\x14\0\0\0\x2f" + size.to_bytes(4, "little") + b"\0" * 16


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (webp_header(16_384, 16_384), "image 0 of train is 16384x16384 pixels"),
        (webp_header(8, 8), "image 0 of train|decod|identify|read"),
        (b"RIFF" + b"\0" * 40, "image 0 of train is no lossless WebP image"),
        (b"RIFF", "image 0 of train is no lossless WebP image"),
    ],
    ids=["bomb", "no pixels", "another file", "cut"],
)
def test_a_webp_image_that_is_too_large_or_none_is_refused_before_it_is_decoded(tmp_path, image, said):
    arrays = packed(kind="webp")
    arrays["train_webp"] = np.frombuffer(image * 6, dtype=np.uint8)
    arrays["train_offsets"] = np.arange(7) * len(image)
    with pytest.raises(DataError, match=rf"mine\.npz cannot be read as an image archive \(.*({said}).*copy it again"):
        read_images(save(tmp_path / "mine.npz", arrays), "mine")


def test_a_webp_image_that_lost_pixels_is_refused(tmp_path):
    path = save(tmp_path / "mine.npz", packed(kind="webp", lossless=False))
    with pytest.raises(DataError, match="image 0 of train is no lossless WebP image"):
        read_images(path, "mine")


def sized(jpeg, width, height):
    """Return a JPEG whose header says another size; its pixels stay."""
    start = jpeg.index(b"\xff\xc0") + 5  # the frame header: marker, its length, bits of a value
    return jpeg[:start] + height.to_bytes(2) + width.to_bytes(2) + jpeg[start + 4 :]


def test_a_jpeg_that_is_too_large_is_refused_before_it_is_decoded(tmp_path):
    arrays = packed()
    content, offsets = arrays["test_jpeg"].tobytes(), arrays["test_offsets"]
    parts = [content[start:end] for start, end in pairwise(offsets.tolist())]
    parts[2] = sized(parts[2], 3_000, 2_000)  # 18 MB each, and there are four
    arrays["test_jpeg"] = np.frombuffer(b"".join(parts), dtype=np.uint8)
    with pytest.raises(DataError, match=r"mine\.npz cannot be read .*image 2 of test is 3000x2000 pixels.*copy"):
        read_images(save(tmp_path / "mine.npz", arrays), "mine")


@pytest.mark.slow
def test_the_real_cifar100_has_the_published_pixel_means(real_data):
    images = read_images(real_data / "cifar100-webp-lossless.npz", "cifar100")
    assert (images.x_train.shape, images.x_test.shape) == ((50_000, 32, 32, 3), (10_000, 32, 32, 3))
    assert (np.bincount(images.y_train) == 500).all()
    assert (np.bincount(images.y_test) == 100).all()
    assert images.classes == 100
    mean, deviation = images.normalization
    count = images.x_train[..., 0].size
    np.testing.assert_allclose(255 * mean, [129.30416561, 124.06996270, 112.43405006], rtol=0, atol=1e-8)
    of_all = 255 * deviation * np.sqrt((count - 1) / count)  # the published ones divide by the number of pixels
    np.testing.assert_allclose(of_all, [68.17024290, 65.39180804, 70.41837019], rtol=0, atol=1e-8)


@pytest.mark.slow
def test_the_real_cifar10_is_decoded_whole(real_data):
    images = read_images(real_data / "cifar10-jpeg.npz", "cifar10")
    assert (images.x_train.shape, images.x_test.shape) == ((50_000, 32, 32, 3), (10_000, 32, 32, 3))
    assert (np.bincount(images.y_train) == 5_000).all()
    assert (np.bincount(images.y_test) == 1_000).all()
    mean, deviation = images.normalization
    np.testing.assert_allclose(mean, [0.4914, 0.4822, 0.4465], atol=0.002)  # of the original, as commonly published
    np.testing.assert_allclose(deviation, [0.2470, 0.2435, 0.2616], atol=0.004)


@pytest.mark.parametrize("name", ["mine.npz", "plain.npz"])
def test_an_archive_of_images_is_told_from_one_of_accuracies(tmp_path, name):
    assert recognizes_images(save(tmp_path / "a.npz", PLAIN))
    assert recognizes_images(save(tmp_path / "b.npz", packed()))
    assert recognizes_images(save(tmp_path / "w.npz", packed(kind="webp")))
    assert not recognizes_images(save(tmp_path / "c.npz", {"accuracy": np.zeros(3)}))
    assert not recognizes_images(save(tmp_path / "d.npz", PLAIN).rename(tmp_path / "d.zip"))
    (tmp_path / name).write_text("no archive")
    assert not recognizes_images(tmp_path / name)


def test_an_archive_that_cannot_be_opened_is_not_taken_for_one_of_accuracies(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EMFILE, "Too many open files")

    path = save(tmp_path / "a.npz", PLAIN)
    monkeypatch.setattr(io, "open", refuse)
    with pytest.raises(OSError, match="Too many open files"):
        recognizes_images(path)


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("portion", [0, 0.5, 0.99])
def test_a_truncated_archive_is_named(tmp_path, write, portion):
    path = save(tmp_path / "mine.npz", PLAIN, write)
    path.write_bytes(path.read_bytes()[: int(portion * path.stat().st_size)])
    with pytest.raises(DataError, match=r"mine\.npz cannot be read as an image archive \(.*fetch or copy it again"):
        read_images(path, "mine")


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(
    ("arrays", "write"),
    [(PLAIN, np.savez), (PLAIN, np.savez_compressed), (packed(), np.savez), (packed(kind="webp"), np.savez)],
    ids=["", "zip", "jpeg", "webp"],
)
def test_no_damage_surfaces_as_anything_but_a_data_error(tmp_path, arrays, write):
    whole, rng = save(tmp_path / "mine.npz", arrays, write).read_bytes(), np.random.default_rng(0)
    refused = 0
    for _ in range(60):
        damaged = bytearray(whole)
        for place in rng.integers(len(whole), size=3):
            damaged[place] = rng.integers(256)
        (tmp_path / "mine.npz").write_bytes(damaged)
        try:
            read_images(tmp_path / "mine.npz", "mine")
        except DataError:
            refused += 1
    assert refused > 40


@pytest.mark.parametrize(
    ("arrays", "key"),
    [(PLAIN, "y_test"), (packed(), "test_offsets"), (packed(kind="webp"), "test_labels")],
    ids=["plain", "jpeg", "webp"],
)
def test_a_missing_array_is_named(tmp_path, arrays, key):
    path = save(tmp_path / "mine.npz", {name: array for name, array in arrays.items() if name != key})
    with pytest.raises(DataError, match=rf"mine\.npz lacks {key}; an image archive holds x_train, y_train"):
        read_images(path, "mine")


def test_an_array_that_does_not_fit_is_named_with_its_file(tmp_path):
    path = save(tmp_path / "mine.npz", PLAIN | {"x_test": PLAIN["x_test"] / 255})
    with pytest.raises(DataError, match=rf"{path}: x_test is float64"):
        read_images(path, "mine")


def test_a_member_that_is_no_array_is_refused(tmp_path):
    path = save(tmp_path / "mine.npz", {key: PLAIN[key] for key in ARRAYS if key != "x_train"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("x_train.npy", b"no array")
    with pytest.raises(DataError, match=r"mine\.npz cannot be read as an image archive \(the magic string is not"):
        read_images(path, "mine")


class Hostile:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("key", ARRAYS)
def test_an_archive_with_a_pickle_inside_is_refused_and_nothing_runs(tmp_path, key):
    hostile = np.array([Hostile(tmp_path / "it-ran")], dtype=object)
    path = save(tmp_path / "mine.npz", PLAIN | {key: hostile})
    with pytest.raises(DataError, match=r"mine\.npz cannot be .*only numbers and strings can be read"):
        read_images(path, "mine")
    assert not (tmp_path / "it-ran").exists()


def test_a_full_disk_leaves_no_half_of_an_archive(tmp_path, monkeypatch):
    path = save(tmp_path / "mine.npz", PLAIN)

    def full(file, **arrays):
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(StoreError, match=r"cannot write .*other\.npz \(No space left on device\); free some space"):
        add_images(path, tmp_path, "other")
    assert list((tmp_path / "images").iterdir()) == []


@pytest.mark.parametrize("name", ["../out", "/elsewhere/out", "a/b", "..", "", ".hidden", "a\\b"])
def test_images_are_not_stored_under_a_name_that_leaves_the_folder(tmp_path, name):
    path = save(tmp_path / "mine.npz", PLAIN)
    with pytest.raises(StoreError, match=r"is not a valid name; allowed: letters, digits, '_'"):
        add_images(path, tmp_path / "data", name)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["../mine", "images/../mine", "{}/mine"])
def test_images_are_not_opened_outside_the_folder(tmp_path, name):
    (tmp_path / "images").mkdir()
    save(tmp_path / "mine.npz", PLAIN)
    with pytest.raises(UnknownName, match="unknown image set"):
        open_images(name.format(tmp_path), tmp_path)


def test_a_stored_image_set_never_changes(tmp_path):
    path = save(tmp_path / "mine.npz", PLAIN)
    add_images(path, tmp_path)
    before = (tmp_path / "images" / "mine.npz").read_bytes()
    assert add_images(path, tmp_path).summary.startswith("already there: ")
    other = PLAIN | {"y_test": np.array([2, 1, 0, 2])}
    told = r"image set 'mine' is already stored in .*mine\.npz with other content, .*remove that file by hand, or use"
    with pytest.raises(DataError, match=told):
        add_images(save(tmp_path / "other.npz", other), tmp_path, "mine")
    assert (tmp_path / "images" / "mine.npz").read_bytes() == before
    assert [path.name for path in (tmp_path / "images").iterdir()] == ["mine.npz"]


def test_the_name_of_the_digits_is_taken(tmp_path):
    with pytest.raises(DataError, match=r"image set 'digits' is part of the project; add .* with another --name"):
        add_images(save(tmp_path / "digits.npz", PLAIN), tmp_path)


def test_images_that_were_changed_after_they_were_added_are_refused(tmp_path):
    add_images(save(tmp_path / "mine.npz", PLAIN), tmp_path)
    stored = tmp_path / "images" / "mine.npz"
    with np.load(stored) as archive:
        arrays = {name: archive[name].copy() for name in archive}
    arrays["x_train"].flat[5] ^= 1
    np.savez(stored, **arrays)  # with the checksums of its own content
    with pytest.raises(
        DataError, match=r"mine\.npz was changed: its images have sha256 \w{12}, it records \w{12}; remove"
    ):
        open_images("mine", tmp_path)
    with pytest.raises(DataError, match=r"was changed"):
        add_images(tmp_path / "mine.npz", tmp_path)


def test_many_that_add_at_once_all_end_right(tmp_path):
    """Four of one content, four of another: the first gets the name, its copies are told so, the others are refused."""
    paths = [
        save(tmp_path / f"{letter}.npz", PLAIN if letter in "abcd" else PLAIN | {"y_test": np.array([2, 1, 0, 2])})
        for letter in "abcdefgh"
    ]

    def add(path):
        try:
            return "already" if "already there" in add_images(path, tmp_path, "x").summary else "added"
        except DataError as error:
            return "refused" if "with other content" in str(error) else str(error)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(add, paths))
    assert sorted(found) == ["added", *["already"] * 3, *["refused"] * 4]
    assert [path.name for path in (tmp_path / "images").iterdir()] == ["x.npz"]
    open_images("x", tmp_path)


def test_digits_need_no_file(tmp_path):
    assert open_images("digits", tmp_path).name == "digits"


@pytest.fixture
def cifar(monkeypatch):
    """Stand in for torchvision: CIFAR-100 lies in the folder `here`, CIFAR-10 nowhere."""
    import torchvision

    def kind(here):
        def dataset(root, train, download):
            if os.path.basename(root) != here:
                raise RuntimeError("Dataset not found or corrupted. You can use download=True to download it")
            split = "train" if train else "test"
            return SimpleNamespace(data=PLAIN[f"x_{split}"], targets=PLAIN[f"y_{split}"].tolist())

        return dataset

    monkeypatch.setattr(torchvision.datasets, "CIFAR10", kind(None))
    monkeypatch.setattr(torchvision.datasets, "CIFAR100", kind("images"))


@pytest.mark.parametrize("folder", ["", "images"])
def test_a_torchvision_folder_is_found_in_the_data_folder_or_its_images(tmp_path, cifar, folder):
    (tmp_path / "images" / "cifar-100-python").mkdir(parents=True)
    images = open_images("cifar100", tmp_path if not folder else tmp_path / folder)
    assert_is_plain(images)
    assert (images.name, images.source) == ("cifar100", "torchvision CIFAR100")


@pytest.mark.parametrize("unpacked", ["", "cifar-10-batches-py"])  # nothing is there, or not all files
def test_images_that_are_not_there_come_with_the_command_that_brings_them(tmp_path, cifar, unpacked):
    (tmp_path / unpacked).mkdir(exist_ok=True)
    reason = r"images of cifar10 are not in .*'supernet-bench data fetch cifar10' downloads them, .*data add FILE\.npz"
    with pytest.raises(DataError, match=reason):
        open_images("cifar10", tmp_path)


def test_images_that_are_not_there_come_with_those_that_are(tmp_path, cifar):
    for name in ("flowers", "cifar10-jpeg"):
        add_images(save(tmp_path / f"{name}.npz", PLAIN), tmp_path)
    with pytest.raises(DataError, match=r"images of cifar10 are not in \S+ \(there: cifar10-jpeg, flowers\); "):
        open_images("cifar10", tmp_path)


def test_an_unknown_image_set_brings_the_closest_known_one(tmp_path):
    add_images(save(tmp_path / "flowers.npz", PLAIN), tmp_path)
    with pytest.raises(UnknownName, match=r"unknown image set 'flower'; did you mean 'flowers'.*data add FILE\.npz"):
        open_images("flower", tmp_path)
