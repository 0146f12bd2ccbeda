import os
from pathlib import Path

import pytest

from hairopt.errors import ConfigError, ModelError, UnavailableError, UsageError
from hairopt.home import home
from hairopt.models import store
from hairopt.models.add import add
from hairopt.models.records import model_path, shipped_records
from hairopt.models.store import find_model, list_models, remove, write_atomically


def test_the_bundled_network_is_here_and_what_it_is_pinned_to() -> None:
    record, path = find_model("hairnet")
    assert record.origin == "bundled"
    assert path.stat().st_size == record.bytes


def test_every_shipped_record_is_complete() -> None:
    for record in shipped_records().values():
        assert record.licence == "Apache-2.0"
        assert record.summary
        assert record.origin == "bundled" or record.source.startswith("https://")


def test_a_known_model_is_listed_before_it_is_here() -> None:
    states = {state.record.name: state for state in list_models()}
    assert states["hairnet"].present
    assert not states["mediapipe-hair"].present


def test_an_absent_model_names_the_command_that_gets_it() -> None:
    with pytest.raises(UnavailableError) as caught:
        find_model("mediapipe-hair")
    assert caught.value.fix == "hairopt models pull mediapipe-hair"


def test_an_unknown_name_gets_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match="did you mean mediapipe-hair"):
        find_model("mediapipe_hair")


def test_one_changed_byte_is_refused_with_both_hashes(tiny_onnx) -> None:
    record = add(tiny_onnx(), licence="MIT", output_values={"kind": "logits", "hair": 1}).record
    _, path = find_model("tiny")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError) as caught:
        find_model("tiny")
    assert record.sha256 in str(caught.value)
    assert str(path) in str(caught.value)
    assert "models add FILE --name tiny" in str(caught.value)


def test_a_file_is_hashed_once_while_it_does_not_change(tiny_onnx, monkeypatch) -> None:
    add(tiny_onnx(), licence="MIT", output_values={"kind": "logits", "hair": 1})
    reads: list[Path] = []
    read = store.read_network
    monkeypatch.setattr(store, "read_network", lambda path: reads.append(path) or read(path))
    _, path = find_model("tiny")
    find_model("tiny")
    assert len(reads) == 1
    os.utime(path, ns=(1, 1))
    find_model("tiny")
    assert len(reads) == 2


def test_removing(tiny_onnx) -> None:
    add(tiny_onnx(), licence="MIT", output_values={"kind": "logits", "hair": 1})
    remove("tiny")
    with pytest.raises(ConfigError, match="unknown model 'tiny'"):
        remove("tiny")
    assert not list((home() / "models").iterdir())
    with pytest.raises(UsageError, match="part of hairopt"):
        remove("hairnet")


def test_a_store_that_cannot_be_written_says_what_to_set(own_home: Path) -> None:
    own_home.write_text("a file where the folder should be")
    with pytest.raises(UsageError, match="HAIROPT_HOME"):
        write_atomically(own_home / "models" / "x.onnx", b"x")


def test_a_failed_write_leaves_nothing(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="No space left"):
        write_atomically(own_home / "x.onnx", b"x")
    assert not list(own_home.iterdir())


def test_home_is_the_systems_own_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HAIROPT_HOME")
    assert home().name == "hairopt"
    assert model_path(shipped_records()["mediapipe-hair"]).is_relative_to(home())
