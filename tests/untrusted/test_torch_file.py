import pickle

import pytest
import torch

from bench.untrusted.torch_file import LONGEST_NAME, load


class Called:
    """Is pickled as a call of what it is given, without arguments."""

    def __init__(self, function):
        self.function = function

    def __reduce__(self):
        return self.function, ()


def saved(value, path, zipped):
    torch.save(value, path, _use_new_zipfile_serialization=zipped)
    return path


def edited(path, old, new):
    """Replace bytes in a file of `torch.save`; one that is a zip is written again, with its checksums."""
    if path.read_bytes()[:2] != b"PK":
        path.write_bytes(path.read_bytes().replace(old, new))
        return path
    import zipfile

    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in found.items():
            archive.writestr(name, content.replace(old, new))
    return path


@pytest.fixture
def torch_hears_nothing(monkeypatch):
    """Fail where torch is asked to load: it would take minutes to refuse."""
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("torch was asked to load it"))


ZIPPED = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])


@ZIPPED
def test_a_name_that_is_too_long_is_refused_before_torch_quotes_it(tmp_path, zipped, torch_hears_nothing):
    path = saved({"a": Called(print)}, tmp_path / "a.pth", zipped)
    edited(path, b"__builtin__\nprint\n", b"x" * 300_000 + b"\nprint\n")
    with pytest.raises(ValueError, match="asks for a name of 300,005 characters"):
        load(path, "cpu", older=True)


@ZIPPED
def test_a_text_that_is_called_is_refused_before_torch_quotes_it(tmp_path, zipped, torch_hears_nothing):
    path = saved({"a": "TEXT", "b": Called(print)}, tmp_path / "a.pth", zipped)
    text = b"X" + (300_000).to_bytes(4, "little") + b"x" * 300_000
    edited(path, b"c__builtin__\nprint\n", text)
    with pytest.raises(ValueError, match="calls what is no function: 'str' object is not callable"):
        load(path, "cpu", older=True)


@ZIPPED
def test_a_text_that_is_made_an_object_is_refused_before_torch_quotes_it(tmp_path, zipped, torch_hears_nothing):
    path = saved({"a": Called(print)}, tmp_path / "a.pth", zipped)
    text = b"X" + (300_000).to_bytes(4, "little") + b"x" * 300_000 + b")" + pickle.NEWOBJ
    edited(path, b"c__builtin__\nprint\n", text)
    with pytest.raises(ValueError, match="calls what is no class"):
        load(path, "cpu", older=True)


@ZIPPED
def test_a_name_of_the_greatest_length_is_left_to_torch(tmp_path, zipped):
    path = saved({"a": Called(print)}, tmp_path / "a.pth", zipped)
    edited(path, b"__builtin__\nprint\n", b"x" * (LONGEST_NAME - 5) + b"\nprint\n")
    with pytest.raises(pickle.UnpicklingError, match="Unsupported global: GLOBAL xxx"):
        load(path, "cpu", older=True)


@ZIPPED
def test_texts_tensors_and_parameters_are_as_they_were_saved(tmp_path, zipped):
    weight = torch.nn.Parameter(torch.arange(6.0).reshape(2, 3))
    value = {"text": "x" * 100_000, "weight": weight, "view": weight.data.T, "list": [1, 2.5, None, {3}], "n": 2**70}
    found = load(saved(value, tmp_path / "a.pth", zipped), "cpu", older=True)
    assert found.keys() == value.keys()
    assert all(torch.equal(found[name], value[name]) for name in ("weight", "view"))
    assert all(found[name] == value[name] for name in ("text", "list", "n"))


def test_a_plain_pickle_is_read_only_where_older_files_are(tmp_path):
    path = saved({"a": 1}, tmp_path / "a.pth", False)
    assert load(path, "cpu", older=True) == {"a": 1}
    with pytest.raises(Exception, match="not a zip file"):
        load(path, "cpu")
