import pytest

from bench.errors import DataError
from bench.files import file_sha256
from bench.tables.check import space_of
from bench.tables.sources import load_sources


@pytest.mark.parametrize("source", load_sources(), ids=lambda source: source.name)
def test_every_source_has_a_full_digest_and_well_formed_tables(source):
    assert len(bytes.fromhex(source.sha256)) == 32
    for table in source.tables:
        space_of(table)


def test_size_and_digest_are_those_of_the_published_files(real_data):
    files = {"gt_first_1000.json": "cvpr2021_track1_gt_1000.json"}
    for source in load_sources():
        path = real_data / files.get(source.file, source.file)
        assert (path.stat().st_size, file_sha256(path)) == (source.size, source.sha256)


def test_a_source_without_a_hash_is_an_error_naming_it(tmp_path):
    path = tmp_path / "sources.toml"
    path.write_text('[mine]\nfile = "a"\npage = "b"\nsize = 1\nlicence = "c"\ncitation = "d"\ntables = []\n')
    with pytest.raises(DataError, match=r"sources.toml, source 'mine': no sha256; every source needs them"):
        load_sources(path)
