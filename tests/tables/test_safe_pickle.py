import pickle
import pickletools
from collections import OrderedDict

import numpy as np
import pytest

from bench.errors import DataError
from bench.tables.safe_pickle import safe_loads

HARMLESS = OrderedDict(a=[np.float64(1.5), np.float32(2.5), np.int64(3)], b={("cifar10", 777): {1.0, 2.0}, "c": None})


@pytest.mark.parametrize("protocol", [4, 5])
def test_what_the_published_files_hold_is_read(tmp_path, protocol):
    assert safe_loads(pickle.dumps(HARMLESS, protocol), tmp_path) == HARMLESS


def test_numpy_scalars_under_the_name_of_numpy_1_are_read(tmp_path):
    new = pickletools.optimize(pickle.dumps(np.float64(1.5), protocol=4))
    frame = b"\x95" + new.partition(b"\x95")[2][:8]  # its length would no longer be right, and it is optional
    old = new.replace(frame, b"").replace(b"\x16numpy._core.multiarray", b"\x15numpy.core.multiarray")
    assert len(old) == len(new) - len(frame) - 1
    assert safe_loads(old, tmp_path) == 1.5


@pytest.mark.parametrize("hide", [lambda bad: bad, lambda bad: OrderedDict(a={"b": [1, (bad,)]})], ids=["bare", "deep"])
@pytest.mark.parametrize("protocol", range(6))
def test_a_hostile_pickle_is_refused_by_name_and_nothing_runs(hostile, marker, tmp_path, hide, protocol):
    with pytest.raises(DataError, match=r"bad.pkl asks to call '(posix|nt|os)\.mkdir'.*nothing in it was run"):
        safe_loads(pickle.dumps(hide(hostile), protocol), tmp_path / "bad.pkl")
    assert not marker.exists()


def test_the_same_pickle_does_run_where_pickles_are_trusted(hostile, marker):
    pickle.loads(pickle.dumps(hostile))
    assert marker.exists()


@pytest.mark.parametrize("name", ["builtins.eval", "builtins.getattr", "numpy.load", "collections.namedtuple"])
def test_nothing_else_of_an_allowed_module_is_reachable(tmp_path, name):
    module, _, attribute = name.rpartition(".")
    with pytest.raises(DataError, match=rf"asks to call '{name}'"):
        safe_loads(f"c{module}\n{attribute}\n.".encode(), tmp_path)


def test_every_truncation_is_an_error_naming_the_file(tmp_path):
    content = pickle.dumps(HARMLESS, protocol=4)
    for kept in range(len(content)):
        with pytest.raises(DataError, match=r"cut.pkl is not a complete pickle \(truncated\?\)"):
            safe_loads(content[:kept], tmp_path / "cut.pkl")
