"""The file of a run's predictions, in HDF5."""

import io
from pathlib import Path

import h5py
import numpy as np

from bench.errors import StoreError
from bench.files import remedy_of_reading, write_whole
from bench.predict.predictions import Predictions
from bench.runs.recent import Recent, signature
from bench.untrusted.hdf5 import open_hdf5, read_array, read_count, read_text

MOST_KEPT = 100_000_000
"""Bytes of predictions that a process keeps once it has read them."""


def write_predictions(predictions: Predictions, path: Path) -> None:
    """Store predictions as HDF5."""
    write_whole(path, hdf5_of(predictions))


def hdf5_of(predictions: Predictions) -> bytes:
    """Return predictions as the bytes of an HDF5 file: genes, accuracy (percent), negative cross-entropy (nats).

    A log-probability (nats) is there only if the update learned one.
    """
    columns = {
        "genes": predictions.genes,
        "accuracy": predictions.accuracy,
        "negative_cross_entropy": predictions.negative_cross_entropy,
        "log_probability": predictions.log_probability,
    }
    buffer = io.BytesIO()  # HDF5 itself crashes on a full disk
    with h5py.File(buffer, "w", libver="latest") as file:  # less around each column than in the oldest format
        for name, values in columns.items():
            if values is not None:
                one = (len(values), 1)[: values.ndim] if len(values) else True  # a decision's genes are much alike
                file.create_dataset(name, data=values, chunks=one, compression="gzip", compression_opts=9, shuffle=True)
        file.attrs.update(schema=1, images=predictions.images, split=predictions.split, accuracy_unit="percent")
    return buffer.getvalue()


_recent: Recent[Predictions] = Recent(MOST_KEPT, lambda found: found.nbytes)


def read_once(path: Path) -> Predictions:
    """Return the predictions of a file, read before if it has not changed since; not to be written to."""

    def read() -> Predictions:
        found = read_predictions(path)
        for values in found.arrays.values():
            values.flags.writeable = False
        return found

    return _recent.get((path, signature(path)), read)


def read_predictions(path: Path) -> Predictions:
    """Return stored predictions; raises `StoreError` if the file is truncated or not a file of predictions."""
    try:
        with open_hdf5(path) as file:
            genes = read_array(file, "genes", "i")
            accuracy, loss = (read_array(file, name, "f") for name in ("accuracy", "negative_cross_entropy"))
            if genes.ndim != 2 or genes.dtype != np.int8:
                raise ValueError(f"genes are {genes.dtype} {genes.shape}, expected int8 [arch, decision]")
            learned = read_array(file, "log_probability", "f") if "log_probability" in file else None
            for values in (accuracy, loss, learned):
                if values is not None and values.shape != (len(genes),):
                    raise ValueError(f"a score is {values.shape} for {len(genes):,} architectures")
            return Predictions(
                genes=genes,
                accuracy=accuracy,
                negative_cross_entropy=loss,
                images=read_count(file, "images"),
                split=read_text(file, "split"),
                log_probability=learned,
            )
    except Exception as error:  # a damaged file raises a dozen types: OSError, KeyError, RuntimeError, ...
        remedy = remedy_of_reading(path, error, "restore it, or delete its folder to run again")
        raise StoreError(f"{path} is not readable ({error}); {remedy}") from error
