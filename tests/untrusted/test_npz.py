"""A NumPy file's headers, sizes and ways to compress are compared with the file before an array is read."""

import io
import struct
import zipfile

import numpy as np
import pytest

from bench.errors import DataError
from bench.predict.partial import PartialPredictions
from bench.sample.images.image_files import ARRAYS, read_images, recognizes_images
from bench.tables.readers.user_file import UserFile
from bench.untrusted import limits
from bench.untrusted.npz import check_npz, read_npy, valid_text


def npy(shape, descr="<f8", body=b""):
    header = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + body


def npz(compression=zipfile.ZIP_STORED, **entries):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(f"{name}.npy", content)
    packed.seek(0)
    return packed


def test_what_numpy_writes_is_accepted():
    for save in (np.savez, np.savez_compressed):
        packed = io.BytesIO()
        save(packed, a=np.array(["x", "yy"]), b=np.arange(12).reshape(3, 4), c=np.array(1.5), d=np.zeros((0, 3)))
        packed.seek(0)
        check_npz(packed)
        assert packed.tell() == 0


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (npy((5_000_000_000_000,)), "has shape"),
        (npy((2**62, 2**62)), "has shape"),
        (npy((4,), body=bytes(16)), "has 16 bytes, its shape"),
        (npy((2,), body=bytes(99)), "has 99 bytes, its shape"),
        (npy((2**40,), "<U0"), "has shape"),
        (npy((0, 2**62)), "has shape"),
        (npy((-1,)), "has shape"),
        (npy((1,), "|O", bytes(8)), "only numbers and strings can be read"),
        (npy((1,), [("a", "<f8")], bytes(8)), "only numbers and strings can be read"),
        (b"\x93NUMPY\x03\x00" + bytes(200), "version"),
        (b"not an array", "magic"),
    ],
    ids=["40 TB", "2^124", "short", "long", "no width", "no row", "negative", "objects", "fields", "version", "text"],
)
def test_a_header_that_does_not_fit_is_refused(entry, told):
    with pytest.raises(ValueError, match=told):
        check_npz(npz(a=entry))


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_ways_to_compress_that_python_reads_without_a_limit_are_refused(compression):
    with pytest.raises(ValueError, match=r"'a.npy' is compressed in a way that NumPy never writes"):
        check_npz(npz(compression, a=npy((2,), body=bytes(16))))


def test_a_bomb_is_refused_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(limits, "FREE", 2**20)
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, arch=np.array(["x"]), accuracy=np.zeros(2**18))
    with pytest.raises(DataError, match=r"bomb.npz cannot be read as NPZ .*save them with numpy.savez, uncompressed"):
        UserFile(name="nb201/mine/test/x").read(path)
    np.savez_compressed(path, **dict.fromkeys(ARRAYS, np.zeros(2**18)))
    with pytest.raises(DataError, match=r"bomb.npz cannot be read as an image archive .*save them with numpy.savez"):
        read_images(path, "bomb")


def test_a_wrong_checksum_is_one_line(tmp_path):
    path = tmp_path / "flipped.npz"
    np.savez(path, arch=np.array(["x"]), accuracy=np.array([1.5]))
    content = bytearray(path.read_bytes())
    content[content.index(np.array([1.5]).tobytes())] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"flipped.npz cannot be read as NPZ .*Bad CRC-32"):
        UserFile(name="nb201/mine/test/x").read(path)


def test_a_damaged_directory_is_no_image_archive(tmp_path):
    content = npz(a=npy((2,), body=bytes(16))).getvalue().replace(b"PK\x01\x02", b"PK\x01\x03")
    (tmp_path / "broken.npz").write_bytes(content)
    assert not recognizes_images(tmp_path / "broken.npz")


def test_text_of_numbers_that_are_no_characters_is_refused():
    with pytest.raises(ValueError, match="no characters"):
        valid_text(np.array([0x110000], dtype=np.uint32).view("<U1"))
    assert valid_text(np.array(["é"])).tolist() == ["é"]


DAMAGED = [npy((5_000_000_000_000, 3)), npy((2,), body=bytes(16)), npy((0,)), b"", b"\x93NUMPY"]


@pytest.mark.parametrize("content", DAMAGED)
def test_damaged_progress_is_predicted_again(content, tmp_path):
    path = tmp_path / "progress.npy"
    path.write_bytes(content)
    assert len(PartialPredictions(path)) == 0
    assert not path.exists()


def test_a_single_array_is_read(tmp_path):
    np.save(tmp_path / "a.npy", np.eye(3))
    assert read_npy(tmp_path / "a.npy").tolist() == np.eye(3).tolist()


@pytest.mark.parametrize(
    ("offsets", "told"),
    [([0, 5, 0, 5], "rising"), ([0.0, 5.0], "rising"), ([0], "rising"), ([0, 2**40], "cannot identify image file")],
)
def test_packed_images_with_wrong_offsets_are_refused(offsets, told, tmp_path):
    arrays = {f"{s}_{part}": np.zeros(9, np.uint8) for s in ("train", "test") for part in ("jpeg", "labels")}
    np.savez(tmp_path / "j.npz", **arrays, train_offsets=np.array(offsets), test_offsets=np.array(offsets))
    with pytest.raises(DataError, match=rf"j.npz cannot be read as an image archive .*{told}"):
        read_images(tmp_path / "j.npz", "j")


def test_one_small_packed_image_of_huge_size_is_not_decoded(tmp_path, monkeypatch):
    from PIL import Image

    monkeypatch.setattr(limits, "FREE", 2**12)
    monkeypatch.setattr(limits, "RATIO", 1)
    packed = io.BytesIO()
    Image.new("L", (4096, 4096)).save(packed, "jpeg", quality=1)
    blob = np.frombuffer(packed.getvalue(), np.uint8)
    arrays = {f"{s}_{k}": v for s in ("train", "test") for k, v in (("jpeg", blob), ("labels", np.zeros(1, np.uint8)))}
    offsets = {f"{s}_offsets": np.array([0, len(blob)]) for s in ("train", "test")}
    np.savez(tmp_path / "j.npz", **arrays, **offsets)
    with pytest.raises(DataError, match=r"image 0 of train is 4096x4096 pixels"):
        read_images(tmp_path / "j.npz", "j")
