"""Every input of the corpus, and every one that broke the rule once, goes through its reader."""

import pytest

from tools.fuzz.reader import CORPUS, REGRESSIONS
from tools.fuzz.readers import READERS
from tools.fuzz.replay import replay

INPUTS = [(name, file) for name, reader in READERS.items() for file in reader.seeds]


@pytest.fixture(scope="session")
def faults():
    """Input -> what it did, read in processes that may crash without ending the tests."""
    return {(one.reader, one.file): one.fault for one in replay(INPUTS)}


@pytest.mark.parametrize(
    ("name", "file"), INPUTS, ids=[f"{name}-{file.name}" for name, file in INPUTS]
)
def test_the_rule_is_kept(faults, name, file):
    assert faults[name, file] is None


def test_every_folder_belongs_to_a_reader():
    assert {folder.name for folder in CORPUS.iterdir()} == set(READERS)
    assert {folder.name for folder in REGRESSIONS.glob("*")} <= set(READERS)


def test_the_corpus_is_small():
    files = [file for place in (CORPUS, REGRESSIONS) for file in place.rglob("*")]
    assert sum(file.stat().st_size for file in files if file.is_file()) < 2_000_000
