"""A stored side is measured again: what it takes over, what it refuses, what it says."""

import pytest

from hairopt.api.compare import compare
from hairopt.errors import DataError, NotComparableError
from hairopt.gate.settings import GateSettings
from hairopt.gate.sides import take_snapshot
from hairopt.gate.stored import save_baseline
from tests.gate.photos import add_photo

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
