"""Image sets from files: NumPy archives, of arrays or of packed images, and torchvision's folders."""

import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.errors import DataError, unknown_name
from bench.files import check_name, make_folder, remedy_of_reading, write_new
from bench.sample.images.image_set import ImageSet, checked_images, digits
from bench.sample.images.listed import TORCHVISION_FILES
from bench.sample.images.packed import FORMATS, Track, lacking, packing, silent, unpack
from bench.untrusted.npz import check_npz

ARRAYS = ("x_train", "y_train", "x_test", "y_test")
LOSSLESS = "-webp-lossless"
"""The end of the name of an archive that is called as what it holds: cifar100-webp-lossless.npz is cifar100."""
DIGITS = "digits"
"""The image set that needs no file."""
ADD_AGAIN = "free some space and add it again"
TORCHVISION = {"cifar10": "CIFAR10", "cifar100": "CIFAR100"}


@dataclass(frozen=True)
class AddedImages:
    """The report of `data add` on an image archive."""

    name: str
    summary: str


def recognizes_images(path: Path) -> bool:
    """Return whether `path` is an archive of images rather than of accuracies."""
    if path.suffix != ".npz" or not path.is_file():
        return False
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                names = {Path(name).stem for name in archive.namelist()}
        except Exception:  # damaged, so the reader of accuracies says how
            return False
    return "x_train" in names or any(f"train_{packed}" in names for packed in FORMATS)


def read_images(path: Path, name: str, *, mapped: bool = False, track: Track = silent) -> ImageSet:
    """Return the image set of an archive with x_train, y_train, x_test, y_test, or of packed JPEG or WebP images.

    With `mapped`, uncompressed arrays are memory-mapped, so that processes share them; without, all bytes are read and
    their checksums compared. `track` shows the progress of decoding.
    Raises `DataError` if the file is truncated, lacks an array, or has undocumented shapes.
    """
    try:
        with path.open("rb") as file:
            check_npz(file)
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            if packed := packing(archive):
                missing = lacking(archive, packed)
                arrays = {} if missing else unpack(archive, packed, path, track)
            else:
                missing = [key for key in ARRAYS if key not in archive]
                arrays = (
                    {}
                    if missing
                    else {key: _mapped(archive, path, key) if mapped else np.asarray(archive[key]) for key in ARRAYS}
                )
    except Exception as error:  # a damaged archive raises a dozen types: BadZipFile, zlib.error, TokenError, ...
        remedy = remedy_of_reading(path, error, "fetch or copy it again")
        raise DataError(f"{path} cannot be read as an image archive ({error}); {remedy}") from error
    if missing:
        raise DataError(f"{path} lacks {', '.join(missing)}; an image archive holds {', '.join(ARRAYS)}")
    return checked_images(arrays, name=name, source=path.name, where=str(path))


def _mapped(archive: "np.lib.npyio.NpzFile", path: Path, key: str) -> np.ndarray:
    assert archive.zip is not None, "the archive is open"
    entry = archive.zip.getinfo(f"{key}.npy")
    if entry.compress_type != zipfile.ZIP_STORED:
        return archive[key]
    with path.open("rb") as file:
        file.seek(entry.header_offset + 26)
        name, extra = np.frombuffer(file.read(4), dtype="<u2")
        start = entry.header_offset + 30 + int(name) + int(extra)
        file.seek(start)
        major, _ = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read_header(file)
        if file.tell() - start + int(np.prod(shape)) * dtype.itemsize != entry.file_size:
            raise ValueError(f"{key} is {entry.file_size} bytes long, which is not the size in its header")
        return np.memmap(path, dtype, "r", file.tell(), shape, order="F" if fortran else "C")


def add_images(path: Path, folder: Path, name: str | None = None, track: Track = silent) -> AddedImages:
    """Check the archive and store it, decoded, as `<folder>/images/<name>.npz`; the name defaults to the file's own.

    A stored image set never changes: equal content is reported as "already there", other content raises `DataError`.
    Raises `StoreError` for a name that could be a path, or if the file cannot be written.
    """
    name = check_name(path.stem.removesuffix(LOSSLESS) if name is None else name)
    if name == DIGITS:
        raise DataError(f"the image set '{DIGITS}' is part of the project; add {path} with another --name")
    images = read_images(path, name, track=track)
    target = make_folder(folder / "images") / f"{name}.npz"
    arrays = {key: getattr(images, key) for key in ARRAYS}
    source, digest = np.array(path.name), np.array(images.sha256)
    side = images.x_train.shape[1]
    summary = (
        f"{len(images.x_train):,} training and {len(images.x_test):,} test images, {side}x{side}, "
        f"{images.classes} classes"
    )
    if not write_new(target, lambda file: np.savez(file, **arrays, source=source, sha256=digest), remedy=ADD_AGAIN):
        if _stored(name, target).sha256 != images.sha256:
            raise DataError(
                f"image set '{name}' is already stored in {target} with other content, and a stored image set never "
                "changes; remove that file by hand, or use another name or another folder (--data)"
            )
        summary = f"already there: {target}, {summary}"
    return AddedImages(name=name, summary=summary)


def open_images(name: str, folder: Path) -> ImageSet:
    """Return the image set called `name`: digits, `<folder>/images/<name>.npz`, or a torchvision folder.

    Never downloads; raises `UnknownName`, or `DataError` for images to download, with the command to get them.
    """
    if name == DIGITS:
        return digits()
    stored = folder / "images" / f"{name}.npz"
    if Path(name).name == name and stored.is_file():  # a name is no path
        return _stored(name, stored)
    if name in TORCHVISION:
        for root in (folder, folder / "images"):
            if not (root / TORCHVISION_FILES[name][0]).is_dir():
                continue  # known without importing torchvision, which takes seconds
            try:
                return torchvision_images(name, root, download=False)
            except RuntimeError:
                continue  # raised by torchvision if an image file is not in this folder
    stored_names = sorted(path.stem for path in (folder / "images").glob("*.npz"))
    known = [DIGITS, *TORCHVISION, *stored_names]
    if name in TORCHVISION:
        there = f" (there: {', '.join(stored_names)})" if stored_names else ""
        raise DataError(
            f"the images of {name} are not in {folder}{there}; 'supernet-bench data fetch {name}' downloads them, "
            f"'supernet-bench data add FILE.npz --name {name}' adds an archive with {', '.join(ARRAYS)}"
        )
    raise unknown_name("image set", name, known, f"'supernet-bench data add FILE.npz --name {name}' adds your own")


def _stored(name: str, path: Path) -> ImageSet:
    """Return a stored image set, memory-mapped; raises `DataError` if it is damaged or was changed."""
    images = read_images(path, name, mapped=True)
    with np.load(path) as archive:
        about = {key: str(archive[key]) for key in ("source", "sha256") if key in archive}
    found = replace(images, source=about.get("source", path.name))
    if about.get("sha256", found.sha256) != found.sha256:
        raise DataError(
            f"{path} was changed: its images have sha256 {found.sha256[:12]}, it records {about['sha256'][:12]}; "
            "remove it and add its source again with 'supernet-bench data add'"
        )
    return found


def by_hand(name: str, folder: Path) -> str:
    """Return what to download of an image set of torchvision's, where to, and which archive of one's own does too."""
    import torchvision

    kind = getattr(torchvision.datasets, TORCHVISION[name])
    return (
        f"get {kind.url} on another machine and unpack it so that {folder / kind.base_folder / kind.train_list[0][0]} "
        f"exists, or run 'supernet-bench data add FILE.npz --name {name}': an archive with {', '.join(ARRAYS)}, images "
        "of uint8 [image, side, side, colour], labels [image]"
    )


def torchvision_images(name: str, root: Path, *, download: bool) -> ImageSet:
    """Return CIFAR-10 or CIFAR-100 as torchvision stores it under `root`; raises `RuntimeError` if it is missing."""
    import torchvision

    kind = getattr(torchvision.datasets, TORCHVISION[name])
    splits = {split: kind(root=str(root), train=split == "train", download=download) for split in ("train", "test")}
    arrays = {
        f"{axis}_{split}": np.asarray(values)
        for split, part in splits.items()
        for axis, values in (("x", part.data), ("y", part.targets))
    }
    return checked_images(arrays, name=name, source=f"torchvision {TORCHVISION[name]}", where=str(root))
