"""A stored side is measured again: what it takes over, what it refuses, what it says."""

import json

import pytest

from hairopt.api.compare import compare
from hairopt.errors import DataError, NotComparableError
from hairopt.gate.remeasure import note_of, stored_variant
from hairopt.gate.settings import GateSettings
from hairopt.gate.sides import take_snapshot
from hairopt.gate.stored import load_baseline, save_baseline
from hairopt.variants.load import load_variant
from hairopt.variants.methods import method_hashes
from tests.gate.photos import add_photo
from tests.gate.snapshots import snapshot

SHADE = "#7b2d8b"


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A folder with photos, and float32 measured on them at an intensity and seed of its own."""
    root = tmp_path_factory.mktemp("remeasure")
    for number in range(3):
        add_photo(root / "photos", f"p{number}", number)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        settings = GateSettings().changed(
            {"dataset": "photos", "shades": [SHADE], "intensities": [40], "rounds": 1, "seed": 5}
        )
        found = take_snapshot("float32", settings)
    return root, found


@pytest.fixture
def elsewhere(measured, monkeypatch):
    """As if the baseline had been stored on another kind of CPU, with other scores."""
    root, found = measured
    monkeypatch.chdir(root)
    cases = {
        name: case.model_copy(update={"scores": dict.fromkeys(case.scores, 0.125)})
        for name, case in found.cases.items()
    }

    def store(**changes):
        content = found.model_copy(update={"isa": ["z80"], "cases": cases} | changes)
        save_baseline(root / "baselines", "release", content, replace=True)
        return content

    return store


def test_a_baseline_of_another_cpu_is_refused_and_the_way_out_is_named(elsewhere):
    elsewhere()
    with pytest.raises(NotComparableError, match=r"(?s)ISA.*z80.*--remeasure"):
        compare("release", "int8", rounds=1)


def test_both_sides_are_measured_here_as_the_baseline_was(elsewhere):
    elsewhere()
    found = compare("release", "int8", rounds=2, remeasure=True, max_latency_increase="1000%")
    sides = found._judgement
    assert sides.baseline.isa == sides.candidate.isa != ["z80"]
    assert sides.baseline.run_id == sides.candidate.run_id
    assert (sides.baseline.shades, sides.baseline.intensities, sides.baseline.seed) == (
        [SHADE], [40.0], 5
    )  # fmt: skip
    assert sides.baseline.cases["p0"].scores["iou"] != 0.125
    assert sides.timed is not None  # in turns, so that a rule on latency can decide
    assert sides.timed.ratio.n == 2
    (note,) = sides.notes
    assert note.startswith("release (float32, stored ")
    assert "; then z80), together with the other side; its stored numbers were not used." in note
    assert f"Mean IoU: stored 0.1250, now {sides.rows[0].baseline:.4f}." in note


def test_a_variant_beside_itself_says_what_the_verdict_does_not_show(elsewhere):
    elsewhere()
    found = compare("release", "float32", rounds=1, remeasure=True)
    assert any("change outside the variant" in note for note in found._judgement.notes)
    other = compare("release", "int8", rounds=1, remeasure=True)
    assert not any("change outside the variant" in note for note in other._judgement.notes)


def test_another_dataset_is_measured_only_where_it_was_named(elsewhere, measured, tmp_path):
    elsewhere(dataset_fingerprint="ef" * 32)
    with pytest.raises(
        NotComparableError, match=r"dataset is another one.*efefefefefef.*--dataset"
    ):
        compare("release", "int8", rounds=1, remeasure=True)
    found = compare("release", "int8", dataset="photos", rounds=1, remeasure=True)
    assert found._judgement.notes[1].startswith("The dataset has changed: float32 was stored on")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_source_sha256": "ab" * 32}, "its network hairnet was abababababab when"),
        ({"spec": {"name": "float32", "segmemt": {}}}, "unknown key 'segmemt'; did you mean"),
        ({"spec": {"name": "x", "recolor": {"method": "hvs"}}}, "did you mean hsv"),
        ({"spec": {"name": "x", "recolor": {"method": "file:gone.py:dye"}}}, "gone.py"),
        ({"dataset_path": "gone"}, "gone"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_be_measured_again_is_refused_at_once(
    elsewhere, measured, changes, words, monkeypatch
):
    elsewhere(**changes)
    monkeypatch.setattr("hairopt.gate.measure.run_bench", lambda *_: pytest.fail("measured"))
    with pytest.raises((NotComparableError, DataError), match=words):
        compare("release", "int8", rounds=1, remeasure=True)


def test_the_stored_variant_is_the_whole_variant():
    int8 = load_variant("int8")
    stored = snapshot("int8", spec=json.loads(int8.model_dump_json()), model="hairnet")
    assert stored_variant(stored) == int8


def test_a_method_in_a_file_is_found_from_anywhere_and_must_not_have_changed(tmp_path):
    code = "def dye(image, shade, intensity):\n    return image\n"
    (tmp_path / "own.py").write_text(code)
    (tmp_path / "own.toml").write_text('name = "own"\n[recolor]\nmethod = "file:own.py:dye"\n')
    spec = json.loads(load_variant(str(tmp_path / "own.toml")).model_dump_json())
    content = snapshot("own", spec=spec, method_sha256=method_hashes(spec), model="hairnet")
    file = save_baseline(tmp_path / "baselines", "release", content)
    assert "file:../own.py:dye" in file.read_text()  # and not where it was on this machine
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for name in ("own.py", "own.toml", "baselines"):
        (tmp_path / name).rename(moved / name)
    stored = load_baseline(moved / "baselines", "release")
    assert stored_variant(stored) == load_variant(str(moved / "own.toml"))
    (moved / "own.py").write_text(code + "# faster\n")
    with pytest.raises(NotComparableError, match=r"recolor.method, .*own.py, was \w{12} when"):
        stored_variant(stored)


def facts(sha, source="cd" * 32, derivation=""):
    return snapshot(
        model_sha256=sha * 32, model_source_sha256=source, model_derivation=derivation
    )  # fmt: skip


INT8 = "int8, static QDQ, U8S8 per channel, {}-bit weights, percentile, calibration {}"


def test_a_file_made_for_this_cpu_from_the_same_network_is_the_same_network():
    then = facts("01", derivation=INT8.format(8, "abc"))
    note = note_of("release", then, facts("02", derivation=INT8.format(7, "abc")))
    assert "made here from the same network (now 020202020202, stored 010101010101)" in note
    assert "from the same network" not in note_of("release", then, then)


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (facts("01"), facts("02", source="ef" * 32)),
        (
            facts("01", derivation=INT8.format(8, "abc")),
            facts("02", derivation=INT8.format(8, "x")),
        ),
        (facts("01", source=""), facts("02", source="")),  # files of older versions
        (facts("01"), facts("02", source="")),
    ],
    ids=["source", "calibration", "unknown", "no network"],
)
def test_another_network_is_refused_with_both_hashes(then, now):
    with pytest.raises(NotComparableError, match=r"010101010101 when .* is 020202020202 here"):
        note_of("release", then, now)
