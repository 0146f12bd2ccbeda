"""Golden sets: what changed, where and how much, on pictures whose answer is known by hand."""

import dataclasses
import hashlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairopt.errors import DataError, NotComparableError, UsageError
from hairopt.files import whole_folder
from hairopt.golden.check import Tolerances, check_golden, compare_case, tolerances_of
from hairopt.golden.store import MANIFEST, as_stored, read_manifest, record_golden
from hairopt.types import Box, Shade
from hairopt.variants.load import load_variant
from tests.cli.conftest import add_case
from tests.killed import every_kill, needs_fork, waiting

EXACT = Tolerances(min_mask_iou=1.0, max_probability_change=0, max_de00=0)


def blank(value=0.0, size=(4, 6)):
    return np.full(size, value, dtype=np.float32)


def grey(value=100, size=(4, 6)):
    return np.full((*size, 3), value, dtype=np.uint8)


def test_equal_is_equal():
    found = compare_case("a", blank(0.3), blank(0.3), grey(), grey(), EXACT)
    assert found.is_within
    assert (found.mask_iou, found.probability_change, found.changed_px) == (1.0, 0.0, 0)
    assert found.mask_box.is_empty
    assert found.answer_box.is_empty


def test_one_pixel_of_the_answer_is_found_and_measured():
    now = grey()
    now[2, 3] = 255
    found = compare_case("a", blank(), blank(), grey(100), now, EXACT)
    assert (found.changed_px, found.total_px) == (1, 24)
    assert found.answer_box == Box(2, 3, 3, 4)
    # dE00 of two greys is their lightness difference over S_L: 42.37 to 100 (Sharma et al. 2005).
    lightness = (42.37, 100.0)
    mean = sum(lightness) / 2
    weight = 1 + 0.015 * (mean - 50) ** 2 / np.sqrt(20 + (mean - 50) ** 2)
    assert found.max_de00 == pytest.approx((lightness[1] - lightness[0]) / weight, abs=0.02)
    assert found.mean_de00 == found.max_de00
    assert "dE00" in found.reasons[0]


def test_the_masks_overlap_and_box_on_paper():
    golden, now = blank(), blank()
    golden[:, :4] = 1.0
    now[:, 1:4] = 1.0
    found = compare_case("a", golden, now, grey(), grey(), EXACT)
    assert found.mask_iou == pytest.approx(12 / 16)
    assert found.mask_box == Box(0, 4, 0, 1)
    assert found.probability_change == 1.0
    assert len(found.reasons) == 2


def test_another_size_is_a_change_of_its_own():
    found = compare_case("a", blank(), blank(size=(8, 12)), grey(), grey(size=(8, 8)), EXACT)
    assert [reason for reason in found.reasons if "12x8 pixels, golden 6x4" in reason]
    assert [reason for reason in found.reasons if "8x8 pixels, golden 6x4" in reason]
    assert found.max_de00 is None


@given(st.integers(0, 65535), st.floats(-1 / 65536, 1 / 65536))
def test_storing_a_mask_moves_no_value_by_more_than_half_a_step(level, off):
    value = np.float32(np.clip(level / 65535 + off, 0, 1))
    assert abs(float(as_stored(blank(value))[0, 0]) - float(value)) <= 0.5 / 65535 + 1e-7


def test_a_tolerance_out_of_range_is_refused():
    assert tolerances_of({"max_de00": 9.0}).max_de00 == 9.0
    with pytest.raises(UsageError, match="min_mask_iou"):
        tolerances_of({"min_mask_iou": 1.5})


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    from hairopt.datasets import load_dataset

    folder = tmp_path_factory.mktemp("golden") / "data"
    for name in ("first", "second"):
        add_case(folder, name)
    return load_dataset(folder)


@pytest.fixture
def golden(tmp_path, dataset):
    folder = tmp_path / "golden"
    record_golden(
        folder, load_variant("float32"), dataset, Shade.parse("violet"), 70.0,
        created_utc="2026-01-01T00:00:00Z",
    )  # fmt: skip
    return folder


def check(folder, dataset, **tolerances):
    manifest = read_manifest(folder)
    chosen = load_variant("float32")
    return list(check_golden(folder, manifest, chosen, dataset, tolerances_of(tolerances)))


def test_the_same_version_gives_the_same_bits(golden, dataset):
    checked = check(golden, dataset, min_mask_iou=1.0, max_probability_change=0, max_de00=0)
    assert [case.change.case for case in checked] == ["first", "second"]
    assert all(case.change.is_within for case in checked)


def test_another_version_is_told_from_it(golden, dataset):
    trusted = load_variant("float32")
    coarse = trusted.model_copy(
        update={"encode": trusted.encode.model_copy(update={"quality": 60})}
    )
    checked = list(check_golden(golden, read_manifest(golden), coarse, dataset, tolerances_of({})))
    assert len(checked) == 2
    assert not any(case.change.is_within for case in checked)
    assert all(case.change.probability_change == 0 for case in checked)


def test_the_manifest_says_what_it_was_made_with(golden, dataset):
    manifest = read_manifest(golden)
    assert manifest.variant == load_variant("float32")
    assert manifest.dataset_fingerprint == dataset.fingerprint
    assert len(manifest.model_sha256) == 64
    assert manifest.isa


def change_json(folder, **changes):
    file = folder / MANIFEST
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda folder: (folder / MANIFEST).unlink(), "cannot be read"),
        (lambda folder: change_json(folder, cases={}), "cases"),
        (lambda folder: change_json(folder, isa=["z80"]), r"(?s)z80.*--across-isa"),
        (lambda folder: change_json(folder, dataset_fingerprint="x"), "dataset"),
        (lambda folder: (folder / "cases/00002/mask.png").unlink(), "cannot be read"),
        (lambda folder: (folder / "cases/00001/mask.png").write_bytes(b"x"), "SHA-256 differs"),
    ],
)
def test_a_damaged_or_foreign_set_is_refused(golden, dataset, damage, word):
    damage(golden)
    with pytest.raises(NotComparableError, match=word):
        check(golden, dataset)


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda folder: (folder / MANIFEST).write_text("{"), "line 1, column 2: it is no JSON"),
        (lambda folder: (folder / MANIFEST).write_text("[" * 50_000), "nested more than 100 deep"),
        (lambda folder: change_json(folder, schema="x"), "schema = 'x' is not valid; allowed is"),
        (lambda folder: change_json(folder, intensity=float("nan")), "NaN is no number"),
        (lambda folder: change_json(folder, intensity="70"), "line 1: intensity = '70' is not"),
    ],
)
def test_a_manifest_that_is_none_is_a_fault_of_the_file(golden, dataset, damage, word):
    damage(golden)
    with pytest.raises(DataError, match=word):
        check(golden, dataset)


def test_a_manifest_cannot_lead_out_of_its_folder(golden, dataset):
    cases = json.loads((golden / MANIFEST).read_text())["cases"]
    cases["first"]["mask"]["path"] = "../../../etc/passwd"
    change_json(golden, cases=cases)
    with pytest.raises(NotComparableError, match="is outside"):
        check(golden, dataset)


def test_nothing_else_is_overwritten(tmp_path, golden, dataset):
    asked = (load_variant("float32"), dataset, Shade.parse("violet"), 70.0)
    with pytest.raises(UsageError, match="--replace"):
        record_golden(golden, *asked, created_utc="x")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(UsageError, match="other content"):
        record_golden(tmp_path / "mine", *asked, created_utc="x", replace=True)
    record_golden(golden, *asked, created_utc="x", replace=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["golden", "mine"]


def uncut(dataset, folder, when, *, replace=True, on_case=lambda: None):
    """Record without a network, which is quick and has no threads that a fork would lack."""
    trusted = load_variant("float32")
    plain = trusted.model_copy(
        update={"segment": trusted.segment.model_copy(update={"method": "none"})}
    )
    record_golden(
        folder, plain, dataset, Shade.parse("violet"), 70.0,
        created_utc=when, replace=replace, on_case=on_case,
    )  # fmt: skip


def verified(folder):
    """When a set was recorded, after every one of its files was read."""
    manifest = read_manifest(folder)
    assert manifest.cases
    for case in manifest.cases.values():
        for file in (case.mask, case.answer):
            assert hashlib.sha256((folder / file.path).read_bytes()).hexdigest() == file.sha256
    return manifest.created_utc


@needs_fork
@pytest.mark.parametrize("way", ["exchange", "two steps"])
def test_killed_at_every_step_one_set_is_there_and_the_next_command_works(
    tmp_path, dataset, monkeypatch, way
):
    dataset = dataclasses.replace(dataset, cases=dataset.cases[:1])
    if way == "two steps":
        monkeypatch.setattr(whole_folder, "exchange", lambda *_: False)
    gold = tmp_path / "gold"
    uncut(dataset, gold, "0")
    (gold / "README.md").write_text("mine")
    found = set()
    for step in every_kill(lambda: uncut(dataset, gold, "new"), tmp_path):
        found.add(verified(gold))
        uncut(dataset, gold, str(step))
        assert verified(gold) == str(step)
        assert (gold / "README.md").read_text() == "mine"
        assert [path.name for path in tmp_path.iterdir()] == ["gold"]
    assert "new" in found
    assert len(found) > 10, found


@needs_fork
def test_of_two_at_once_the_second_is_refused(tmp_path, dataset):
    """Both find nothing there and begin; one of them is done first."""
    gold = tmp_path / "gold"

    def slow(wait):
        uncut(dataset, gold, "slow", replace=False, on_case=wait)

    with waiting(slow) as go_on:
        uncut(dataset, gold, "quick", replace=False)
        assert go_on() == "UsageError"
    assert verified(gold) == "quick"
    assert [path.name for path in tmp_path.iterdir()] == ["gold"]


def test_a_full_disk_is_said_and_the_old_set_stays(tmp_path, dataset, monkeypatch):
    uncut(dataset, tmp_path / "gold", "old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(UsageError, match=r"written to .*gold: No space left"):
        uncut(dataset, tmp_path / "gold", "new")
    assert verified(tmp_path / "gold") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["gold"]
