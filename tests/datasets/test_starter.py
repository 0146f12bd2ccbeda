from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt, label

from hairopt.datasets import check_dataset, default_datasets, load_dataset


def test_it_ships_and_checks_clean(starter):
    assert starter.path in default_datasets()
    report = check_dataset(starter)
    assert not report.bad, report
    assert not report.warnings, report
    assert "public domain" in starter.licence
    assert "No known copyright" in starter.source


def test_nothing_is_odd_about_any_shipped_dataset():
    for path in default_datasets():
        report = check_dataset(load_dataset(path))
        assert not report.bad, report
        assert not report.warnings, report


def test_an_installed_package_finds_them_inside_itself(tmp_path, monkeypatch):
    from hairopt.datasets import combined

    inside = tmp_path / "hairopt" / "datasets" / "shipped" / "starter" / "images"
    inside.mkdir(parents=True)
    monkeypatch.setattr(
        combined, "__file__", str(tmp_path / "hairopt" / "datasets" / "combined.py")
    )
    assert combined.default_datasets() == [inside.parent]
    monkeypatch.setattr(combined, "__file__", str(tmp_path / "empty" / "datasets" / "combined.py"))
    assert combined.default_datasets() == []


def test_nothing_is_copied_and_nothing_is_counted_twice(starter):
    assert not (starter.path / "images").exists()
    plain = {case.name for case in starter.cases if case.change is None}
    assert plain == {"astronaut", "grace_hopper"}
    assert {case.source for case in starter.cases} == plain
    for case in starter.cases:
        assert case.tags["derived"] == (case.change.change if case.change else "original")
        assert len(case.tags) == 8


def test_sizes_are_those_of_real_requests(starter):
    sizes = {case.name: case.read().truth.shape for case in starter.cases}
    assert sizes["astronaut"] == (512, 512)
    assert sizes["grace_hopper"] == (600, 512)
    assert sizes["astronaut_large"] == (1024, 1024)
    assert min(min(size) for size in sizes.values()) >= 256


# Points that anybody can look up in the photos: (x, y), what is there, and the least or most
# coverage by hair.
_HAIR = {
    "astronaut": [(230, 25), (165, 60), (160, 95), (290, 60), (285, 110), (205, 70), (255, 80)],
    "grace_hopper": [(170, 170), (175, 160), (162, 250), (185, 285), (355, 275), (340, 295)],
}
_NO_HAIR = {
    "astronaut": {
        "forehead": (220, 88),
        "brow": (200, 90),
        "left ear": (176, 126),
        "right ear": (268, 134),
        "backdrop": (150, 40),
        "collar": (230, 200),
        "flag": (450, 60),
    },
    "grace_hopper": {
        "hat": (260, 120),
        "hat beside the left temple": (158, 150),
        "hat beside the right temple": (366, 150),
        "forehead": (260, 160),
        "spectacles": (190, 184),
        "left ear": (165, 215),
        "left lobe": (180, 258),
        "right ear": (372, 205),
        "right lobe": (347, 258),
        "jaw": (210, 290),
        "flag": (150, 260),
        "backdrop": (380, 280),
        "jacket": (320, 380),
    },
}


@pytest.mark.parametrize("name", ["astronaut", "grace_hopper"])
def test_hair_is_hair_and_nothing_else_is(starter, name):
    truth = starter.case(name).read().truth
    for x, y in _HAIR[name]:
        assert truth[y, x] > 0.95, (x, y)
    for what, (x, y) in _NO_HAIR[name].items():
        assert truth[y - 1 : y + 2, x - 1 : x + 2].max() < 0.05, what


@pytest.mark.parametrize("name", ["astronaut", "grace_hopper"])
def test_edges_are_soft_as_hair_is(starter, name):
    truth = starter.case(name).read().truth
    between = ((truth > 0.05) & (truth < 0.95)).sum()
    hair = truth > 0.5
    outline = sum((np.diff(hair, axis=axis)).sum() for axis in (0, 1))
    assert 1.0 < between / outline < 6.0, "mean width of the transition in pixels"


def test_hair_is_in_the_pieces_that_the_eye_sees(starter):
    pieces = {"astronaut": 1, "grace_hopper": 4}
    for name, count in pieces.items():
        labels, n = label(starter.case(name).read().truth > 0.5)
        sizes = np.bincount(labels.ravel())[1:]
        assert (sizes > 20).sum() == count, (name, n, sizes)
        assert sizes[sizes <= 20].sum() <= 12


@pytest.mark.parametrize(("name", "limit_levels"), [("astronaut", 15.0), ("grace_hopper", 22.0)])
def test_photo_recomposes_from_hair_and_surroundings(starter, name, limit_levels):
    """C = alpha F + (1 - alpha) B, with F and B continued from where they are sure.

    A matte that is displaced by a single pixel in any direction explains the photo worse.
    """
    loaded = starter.case(name).read()
    error = _recomposition_error(loaded.image, loaded.truth)
    assert error < limit_levels
    for axis in (0, 1):
        for shift_px in (-2, -1, 1, 2):
            moved = np.roll(loaded.truth, shift_px, axis=axis)
            assert _recomposition_error(loaded.image, moved) > 1.05 * error


def _recomposition_error(image: np.ndarray, alpha: np.ndarray) -> float:
    """Root mean square over the edge, in levels of 255; sparse hair has no sure hair to go by."""
    front, back = _continued(image, alpha > 0.98), _continued(image, alpha < 0.02)
    edge = (alpha >= 0.02) & (alpha <= 0.98) & (distance_transform_edt(alpha <= 0.98) <= 3)
    share = alpha[..., None]
    error = share * front + (1 - share) * back - image
    return float(np.sqrt((error[edge] ** 2).mean()))


def _continued(image: np.ndarray, known: np.ndarray) -> np.ndarray:
    rows, columns = distance_transform_edt(~known, return_distances=False, return_indices=True)
    return image[rows, columns].astype(float)


def test_mediapipe_agrees_on_the_astronaut_and_is_fooled_by_the_hat(starter, shared_dir):
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    network = interpreter.Interpreter(
        str(shared_dir / "models" / "hair_segmenter.tflite"), num_threads=1
    )
    network.allocate_tensors()
    iou = {}
    for name in ("astronaut", "grace_hopper"):
        loaded = starter.case(name).read()
        predicted = _segment(network, loaded.image)
        truth = loaded.truth > 0.5
        iou[name] = (predicted & truth).sum() / (predicted | truth).sum()
    assert iou["astronaut"] > 0.93
    assert iou["grace_hopper"] < 0.1


def _segment(network, image: np.ndarray) -> np.ndarray:
    from PIL import Image

    pixels = np.zeros((1, 512, 512, 4), dtype=np.float32)
    pixels[0, ..., :3] = np.asarray(Image.fromarray(image).resize((512, 512))) / 255.0
    network.set_tensor(network.get_input_details()[0]["index"], pixels)
    network.invoke()
    logits = network.get_tensor(network.get_output_details()[0]["index"])[0]
    hair = Image.fromarray(logits[..., 1] > logits[..., 0])
    return np.asarray(hair.resize(image.shape[1::-1], Image.Resampling.NEAREST))
