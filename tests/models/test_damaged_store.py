"""A store that somebody damaged, or whose process was killed: one model is lost, and is mended."""

from pathlib import Path

import pytest

from hairopt.errors import ConfigError
from hairopt.home import home
from hairopt.models import add as adding
from hairopt.models.add import add
from hairopt.models.derived import derived_dir
from hairopt.models.records import damaged_records
from hairopt.models.store import find_model, list_models, remove
from tests.killed import every_kill, needs_fork, waiting

TOLD = {"licence": "MIT", "output_values": {"kind": "logits", "hair": 1}}


def _there() -> set[str]:
    """The models that were added and can be used."""
    names = {state.record.name for state in list_models() if state.record.origin == "added"}
    for name in names:
        find_model(name)
    return names


def _store() -> set[str]:
    return {path.name for path in (home() / "models").iterdir()}


@pytest.fixture
def two(tiny_onnx) -> Path:
    """Two models; the record of the first."""
    add(tiny_onnx(), **TOLD)
    add(tiny_onnx("other.onnx", weight=2.0), **TOLD)
    return home() / "models" / "tiny.toml"


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGE = {
    "empty": lambda path: path.write_text(""),
    "cut": lambda path: path.write_text(path.read_text()[:100]),
    "no text": lambda path: path.write_bytes(b"\xff\x00"),
    "no file": _folder,
    "another value": lambda path: path.write_text(path.read_text().replace('"NCHW"', '"CHWN"', 1)),
    "another model's": lambda path: path.write_text(
        path.read_text().replace('name = "tiny"', 'name = "other"')
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_one_damaged_record_costs_that_model_only(two, damage) -> None:
    DAMAGE[damage](two)
    assert _there() == {"other"}
    (reason,) = damaged_records().values()
    assert str(two) in reason
    with pytest.raises(ConfigError, match=r"tiny\.toml.*hairopt models remove tiny") as caught:
        find_model("tiny")
    assert str(caught.value).startswith(f"the record of model 'tiny' is damaged: {two}")
    if damage == "another value":
        assert "contract.input.layout" in reason
        assert "'CHWN'" in reason


@pytest.mark.parametrize("damage", [name for name in DAMAGE if name != "no file"])
def test_removing_it_repairs_the_store(two, tiny_onnx, damage) -> None:
    mine, others = [derived_dir(find_model(name)[0], "forms") for name in ("tiny", "other")]
    for folder in (mine, others):
        folder.mkdir(parents=True)
    DAMAGE[damage](two)
    remove("tiny")
    assert damaged_records() == {}
    assert len(_store()) == 2
    assert (mine.exists(), others.exists()) == (False, True)
    add(tiny_onnx(), **TOLD)
    assert _there() == {"tiny", "other"}


def test_a_damaged_record_is_replaced_only_when_asked(two, tiny_onnx) -> None:
    two.write_text("")
    with pytest.raises(ConfigError, match=r"taken by a damaged record.*--replace"):
        add(tiny_onnx(), **TOLD)
    add(tiny_onnx(weight=3.0), **TOLD, replace=True)
    assert _there() == {"tiny", "other"}
    assert len(_store()) == 4


@needs_fork
def test_killed_at_every_step_of_an_addition_the_next_one_cleans_up(tiny_onnx, own_home) -> None:
    file, other = tiny_onnx(), tiny_onnx("other.onnx", weight=2.0)
    found = []
    for _ in every_kill(lambda: add(file, **TOLD), own_home):
        found.append(_there() == {"tiny"})
        add(other, **TOLD)
        assert _there() == ({"tiny", "other"} if found[-1] else {"other"})
        assert len(_store()) == 2 * len(_there())
        assert [path.name for path in own_home.iterdir()] == ["models"]
        for name in _there():
            remove(name)
    assert found == sorted(found)
    assert set(found) == {False, True}


@needs_fork
def test_killed_at_every_step_of_a_replacement_one_of_the_two_is_there(tiny_onnx, own_home) -> None:
    old, new = tiny_onnx(), tiny_onnx("new.onnx", weight=2.0)
    third = tiny_onnx("third.onnx", weight=3.0)
    add(old, **TOLD)
    found = []
    for _ in every_kill(lambda: add(new, name="tiny", **TOLD, replace=True), own_home):
        found.append(find_model("tiny")[0].source)
        assert _there() == {"tiny"}
        for file in (third, old):
            add(file, name="tiny", **TOLD, replace=True)
            assert len(_store()) == 2
    assert found == sorted(found, reverse=True)
    assert set(found) == {"added from tiny.onnx", "added from new.onnx"}


@needs_fork
def test_killed_at_every_step_of_a_removal_it_can_be_removed_again(two, tiny_onnx) -> None:
    for _ in every_kill(lambda: remove("tiny"), home()):
        if two.exists():
            remove("tiny")
        assert _there() == {"other"}
        assert len(_store()) == 2
        add(tiny_onnx(), **TOLD)


@needs_fork
@pytest.mark.parametrize("replace", [False, True])
def test_of_two_that_add_one_name_at_once_the_second_sees_the_first(
    tiny_onnx, monkeypatch, replace
) -> None:
    slow, quick = tiny_onnx(weight=1.0), tiny_onnx("quick.onnx", weight=2.0)
    record = adding._record

    def add_slowly(wait) -> None:
        def decided(*arguments):
            made = record(*arguments)
            wait()
            return made

        monkeypatch.setattr(adding, "_record", decided)
        add(slow, name="mine", **TOLD, replace=replace)

    with waiting(add_slowly) as go_on:
        add(quick, name="mine", **TOLD)
        assert go_on() == ("" if replace else "ConfigError")
    source = "slow" if replace else "quick"
    assert find_model("mine")[0].source == f"added from {'tiny' if replace else source}.onnx"
    assert len(_store()) == 2
