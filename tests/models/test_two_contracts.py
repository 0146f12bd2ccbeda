"""One file as several models: each with its own name, contract, file and what is made from it."""

from pathlib import Path

import pytest

from hairopt.errors import ConfigError, UsageError
from hairopt.home import home
from hairopt.models.add import add
from hairopt.models.contract import Contract, InputContract, OutputContract
from hairopt.models.contract_text import contract_text
from hairopt.models.derived import derived_dir
from hairopt.models.inspection import inspect
from hairopt.models.store import find_model, list_models, remove

TOLD = {"licence": "MIT", "output_values": {"kind": "logits", "hair": 1}}
MEAN = {"input_values": {"mean": [0.485, 0.456, 0.406]}}


def _make_derived(name: str) -> list[Path]:
    """Something that was made from a model, of every kind."""
    paths = [derived_dir(find_model(name)[0], kind) / "x" for kind in ("forms", "calibrations")]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("made")
    return paths


def _are_there(paths: list[Path]) -> bool:
    found = {path.is_file() for path in paths}
    assert len(found) == 1
    return found.pop()


class TestAnotherName:
    def test_is_a_second_model_with_its_own_contract(self, tiny_onnx) -> None:
        first = add(tiny_onnx(), **TOLD)
        second = add(tiny_onnx(), name="other", **TOLD, **MEAN)
        assert (first.outcome, second.outcome) == ("added", "added")
        assert second.record.sha256 == first.record.sha256
        assert find_model("tiny")[0].contract.input.mean == (0, 0, 0)
        assert find_model("other")[0].contract.input.mean == (0.485, 0.456, 0.406)
        assert {"tiny", "other"} < {status.record.name for status in list_models()}

    def test_removing_one_leaves_the_other_its_file(self, tiny_onnx) -> None:
        add(tiny_onnx(), **TOLD)
        add(tiny_onnx(), name="other", **TOLD, **MEAN)
        remove("tiny")
        assert find_model("other")[1].is_file()
        with pytest.raises(ConfigError, match="unknown model"):
            find_model("tiny")

    def test_of_the_bundled_file_everything_is_known_but_what_is_told(self) -> None:
        bundled, path = find_model("hairnet")
        added = add(path, name="mine", input_values={"std": [0.5, 0.5, 0.5]})
        assert added.record.licence == bundled.licence
        assert added.record.contract.output == bundled.contract.output
        assert added.record.contract.input.std == (0.5, 0.5, 0.5)
        remove("mine")
        assert find_model("hairnet") == (bundled, path)

    def test_every_model_of_a_file_is_shown(self, tiny_onnx) -> None:
        add(tiny_onnx(), **TOLD)
        add(tiny_onnx(), name="other", **TOLD, **MEAN)
        for shown in (inspect("tiny"), inspect(str(tiny_onnx()))):
            assert {shown.record.name, *(one.name for one in shown.others)} == {"tiny", "other"}


class TestTheSameName:
    def test_with_the_same_options_changes_nothing(self, tiny_onnx) -> None:
        add(tiny_onnx(), **TOLD, **MEAN)
        before = {path: path.stat().st_mtime_ns for path in home().rglob("*")}
        for told in ({**TOLD, **MEAN}, {"name": "tiny"}, {}):
            assert add(tiny_onnx(), **told).outcome == "unchanged"
        assert {path: path.stat().st_mtime_ns for path in home().rglob("*")} == before

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            (MEAN, r"input.mean is \(0.0, 0.0, 0.0\) in the store, \(0.485, 0.456, 0.406\) here"),
            ({"output_values": {"hair": 0}}, "output.hair is 1 in the store, 0 here"),
            ({"licence": "GPL-3.0"}, "licence is 'MIT' in the store, 'GPL-3.0' here"),
        ],
    )
    def test_with_other_options_says_which_and_what_to_type(self, tiny_onnx, told, words) -> None:
        add(tiny_onnx(), **TOLD)
        for name in (None, "tiny"):
            with pytest.raises(ConfigError, match=f"{words}.*--replace.*--name"):
                add(tiny_onnx(), name=name, **told)
        assert find_model("tiny")[0].contract.input.mean == (0, 0, 0)

    def test_of_the_package_cannot_get_another_contract(self) -> None:
        with pytest.raises(
            ConfigError, match=r"already the bundled model 'hairnet'.*input.mean"
        ) as told:
            add(find_model("hairnet")[1], replace=True, **MEAN)
        assert "--replace" not in str(told.value)

    def test_replacing_says_everything_anew(self, tiny_onnx) -> None:
        add(tiny_onnx(), **TOLD, **MEAN)
        assert add(tiny_onnx(), replace=True, **TOLD).outcome == "replaced"
        assert find_model("tiny")[0].contract.input.mean == (0, 0, 0)
        assert add(tiny_onnx(), replace=True, **TOLD).outcome == "unchanged"


class TestWhatWasMadeFromIt:
    def test_goes_with_the_model(self, tiny_onnx) -> None:
        add(tiny_onnx(), **TOLD)
        paths = _make_derived("tiny")
        remove("tiny")
        assert not _are_there(paths)

    def test_goes_with_the_contract_that_is_replaced(self, tiny_onnx) -> None:
        add(tiny_onnx(), **TOLD)
        paths = _make_derived("tiny")
        add(tiny_onnx(), replace=True, **TOLD, summary="another one")
        assert _are_there(paths), "a summary decides no file"
        add(tiny_onnx(), replace=True, **TOLD, **MEAN)
        assert not _are_there(paths)

    def test_goes_with_the_file_that_is_replaced(self, tiny_onnx) -> None:
        add(tiny_onnx(), **TOLD)
        paths = _make_derived("tiny")
        add(tiny_onnx(weight=2.0), replace=True, **TOLD)
        assert not _are_there(paths)

    def test_stays_while_another_model_has_the_same_file_and_contract(self, tiny_onnx) -> None:
        add(tiny_onnx(), **TOLD)
        add(tiny_onnx(), name="same", **TOLD)
        add(tiny_onnx(), name="other", **TOLD, **MEAN)
        paths, others = _make_derived("tiny"), _make_derived("other")
        remove("tiny")
        assert _are_there(paths)
        remove("same")
        assert not _are_there(paths)
        assert _are_there(others)

    def test_stays_where_it_is_the_bundled_networks(self) -> None:
        add(find_model("hairnet")[1], name="mine", summary="the same again")
        paths = _make_derived("mine")
        remove("mine")
        assert _are_there(paths)

    def test_that_cannot_be_deleted_is_said(self, tiny_onnx, monkeypatch) -> None:
        def refuse(path: Path) -> None:
            raise PermissionError(13, "Permission denied", str(path))

        add(tiny_onnx(), **TOLD)
        _make_derived("tiny")
        monkeypatch.setattr("shutil.rmtree", refuse)
        with pytest.raises(UsageError, match="cannot be deleted: Permission denied"):
            remove("tiny")


@pytest.mark.parametrize(
    ("entry", "answer", "text"),
    [
        (
            {"height": 288, "width": 288}, {"kind": "softmax", "channels": 2, "hair": 1},
            "fed RGB/255, mean 0, std 1, squashed to 288x288; "
            "hair is channel 1 of 2 (from 0 on), softmax",
        ),
        (
            {"height": 8, "width": 6, "channel_order": "BGR", "mean": (0.485, 0.456, 0.406),
             "std": (0.5, 0.5, 0.5), "extra_channels": 1}, {"kind": "logits"},
            "fed BGR/255, mean 0.485 0.456 0.406, std 0.5, squashed to 6x8 (width x height), "
            "1 more channel of zeros; hair is the only channel, logits through sigmoid",
        ),
        (
            {"height": 8, "width": 8, "dtype": "uint8",
             "quantization": {"scale": 0.5, "zero_point": 3}},
            {"kind": "class_map", "hair": 13, "dtype": "int64"},
            "fed RGB/255, mean 0, std 1, squashed to 8x8, uint8 with scale 0.5 and zero point 3; "
            "hair is class 13 of a class map, int64",
        ),
    ],
)  # fmt: skip
def test_a_contract_in_one_line(entry, answer, text) -> None:
    contract = Contract(
        input=InputContract(name="x", layout="NCHW", **entry),
        output=OutputContract(name="y", layout="NCHW", **answer),
    )
    assert contract_text(contract) == text


def test_a_contract_differs_in_every_key() -> None:
    plain = Contract(
        input=InputContract(name="x", layout="NCHW", height=8, width=8),
        output=OutputContract(name="y", layout="NCHW", kind="softmax", channels=3),
    )
    changes = {
        "input": {"name": "z", "layout": "NHWC", "height": 9, "width": 9, "channel_order": "BGR",
                  "mean": (0, 0, 1), "std": (1, 1, 2), "extra_channels": 1, "dtype": "float16",
                  "quantization": {"scale": 1, "zero_point": 0}},
        "output": {"name": "z", "layout": "NHWC", "kind": "logits", "channels": 4, "hair": 1,
                   "dtype": "float16", "quantization": {"scale": 1, "zero_point": 0}},
    }  # fmt: skip
    found = {plain.digest}
    for table, keys in changes.items():
        assert set(keys) == set(type(getattr(plain, table)).model_fields)
        for key, value in keys.items():
            said = plain.model_dump()
            said[table][key] = value
            found.add(Contract.model_validate(said).digest)
    assert len(found) == 1 + sum(len(keys) for keys in changes.values())
