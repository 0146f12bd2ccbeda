"""A stored side that is to be measured again: which variant it was, what is refused and said."""

import json

import pytest

from hairopt.datasets import load_dataset
from hairopt.errors import NotComparableError
from hairopt.gate.remeasure import note_of, require_dataset, stored_variant
from hairopt.gate.stored import load_baseline, save_baseline
from hairopt.models.store import find_record
from hairopt.variants.load import load_variant
from hairopt.variants.methods import method_hashes
from tests.gate.photos import add_photo
from tests.gate.snapshots import snapshot


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


def test_the_network_of_the_variant_must_be_the_one_it_was_stored_with():
    spec = json.loads(load_variant("int8").model_dump_json())
    then = {"spec": spec, "model": "hairnet", "model_source_sha256": "ab" * 32}
    with pytest.raises(NotComparableError) as refusal:
        stored_variant(snapshot("int8", **then))
    assert str(refusal.value).startswith(
        "int8 cannot be measured again: its network hairnet was abababababab when it was stored, "
        f"and is {find_record('hairnet').sha256[:12]} here. Provide the stored one"
    )
    same = find_record("hairnet").sha256
    for changes in ({"model": "other"}, {"model_source_sha256": ""}, {"model_source_sha256": same}):
        assert stored_variant(snapshot("int8", **then | changes)) == load_variant("int8")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"name": "x", "segmemt": {}}, "hairopt 0.1.0.*unknown key 'segmemt'"),
        ({"name": "x", "recolor": {"method": "hvs"}}, "did you mean hsv"),
        ({"name": "x", "recolor": {"method": "file:gone.py:dye"}}, "gone.py"),
    ],
)
def test_a_variant_that_this_version_cannot_run_is_refused(spec, words):
    with pytest.raises(
        NotComparableError, match=rf"(?s)^float32 cannot be measured again.*{words}"
    ):
        stored_variant(snapshot(spec=spec))


def test_another_dataset_is_refused_or_noted_where_it_was_named(tmp_path):
    add_photo(tmp_path / "photos", "p0", 0)
    dataset = load_dataset(tmp_path / "photos")
    same = snapshot(dataset_fingerprint=dataset.fingerprint)
    assert require_dataset(same, dataset, is_chosen=False) is None
    assert require_dataset(same, dataset, is_chosen=True) is None
    apart = (
        f"float32 was stored on starter (cdcdcdcdcdcd), and {dataset.path} has photos "
        f"({dataset.fingerprint[:12]})"
    )
    assert require_dataset(snapshot(), dataset, is_chosen=True) == (
        f"The dataset has changed: {apart}. Both sides were measured on the latter."
    )
    with pytest.raises(NotComparableError) as refusal:
        require_dataset(snapshot(), dataset, is_chosen=False)
    assert str(refusal.value).startswith(f"the dataset is another one: {apart}. Name the folder")


def test_the_note_has_both_scores_and_where_the_stored_side_was_measured():
    stored = snapshot(ious=[0.5] * 6)
    now = snapshot(ious=[0.75] * 6, isa=["avx2", "vnni"])
    assert note_of("release", stored, now) == (
        "release (float32, stored 2026-01-01) was measured again on this machine (avx2 vnni; then "
        "avx2), together with the other side; its stored numbers were not used. Mean IoU: stored "
        "0.5000, now 0.7500."
    )
    assert " on this machine, together" in note_of("release", stored, snapshot(ious=[0.75] * 6))
    for one, other in ((snapshot(ious=[None] * 6), now), (stored, snapshot(ious=[None] * 6))):
        assert "IoU" not in note_of("release", one, other)
