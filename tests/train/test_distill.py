"""From a folder of photos to a model that three runtimes run alike."""

import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra [train]")

from hairopt.convert.forms.resolve import resolve  # noqa: E402
from hairopt.datasets.load import load_dataset  # noqa: E402
from hairopt.errors import DataError, UsageError  # noqa: E402
from hairopt.models.store import find_model  # noqa: E402
from hairopt.runtimes import RUNTIMES  # noqa: E402
from hairopt.runtimes.protocol import RuntimeSettings  # noqa: E402
from hairopt.train.checkpoint import load  # noqa: E402
from hairopt.train.distill import distill  # noqa: E402
from hairopt.train.order import Length, Order  # noqa: E402
from tests.train.conftest import head  # noqa: E402


class Silent:
    def __init__(self):
        self.phases = []

    def done(self, what, number, total):
        self.phases.append((what, number, total))

    def trained(self, progress, left_s, state):
        self.phases.append(("train", state.step, progress))


def order(photos, out, **values):
    defaults = {
        "length": Length(epochs=0.5), "batch": 2, "teacher": "hairnet", "device": "cpu",
        "name": "mine", "licence": "CC0-1.0",
    }  # fmt: skip
    return Order(photos=photos, out=out, **{**defaults, **values})


def masks(name, image):
    record, path = find_model(name)
    found = {}
    for runtime in ("onnxruntime", "litert", "mediapipe"):
        chosen = RUNTIMES.get(runtime)
        file = resolve(record, path, formats=chosen.formats, precision="float32")
        segmenter = chosen.load(file, RuntimeSettings())
        found[runtime] = segmenter(image)
        segmenter.close()
    return found


@pytest.fixture(autouse=True)
def labels_are_good(monkeypatch):
    """The teacher has never seen such heads; what it says of them is trained on all the same."""
    monkeypatch.setattr("hairopt.train.labels.MIN_AGREEMENT", 0.0)
    monkeypatch.setattr("hairopt.train.labels.MIN_HAIR", 0.0)


def test_photos_become_a_model(photos, labelled, tmp_path) -> None:
    told = Silent()
    dataset = load_dataset(labelled)
    made = distill(order(photos, tmp_path / "run", labelled=[dataset]), told)
    image = head(55)[0]
    found = masks("mine", image)
    np.testing.assert_allclose(found["litert"], found["onnxruntime"], atol=2e-5)
    np.testing.assert_allclose(found["mediapipe"], found["onnxruntime"], atol=2e-5)
    assert made.record.licence == "CC0-1.0"
    assert made.tflite.read_bytes()[4:8] == b"TFL3"
    card = made.card.read_text()
    assert "14 photos of `photos`, labelled by `hairnet`" in card
    assert "3 cases of `labelled` with their truth" in card
    assert len(made.curve.read_text().splitlines()) == 1 + len(made.state.curve) > 1
    assert ("label photos", 14, 14) in told.phases


def test_a_finished_run_is_not_overwritten_but_gone_on_with(photos, tmp_path) -> None:
    first = distill(order(photos, tmp_path / "run", length=Length(epochs=0.2)), Silent())
    with pytest.raises(UsageError, match="--resume"):
        distill(order(photos, tmp_path / "run"), Silent())
    longer = order(photos, tmp_path / "run", length=Length(epochs=0.4), resume=True)
    assert distill(longer, Silent()).state.step > first.state.step


class Interrupter(Silent):
    """Ctrl-C at the third step of a phase."""

    def __init__(self, phase):
        super().__init__()
        self.phase = phase

    def done(self, what, number, total):
        if (what, number) == (self.phase, 3):
            raise KeyboardInterrupt

    def trained(self, progress, left_s, state):
        self.done("train", state.step, 0)


def test_an_interruption_says_what_is_kept(photos, tmp_path) -> None:
    run = order(photos, tmp_path / "run", length=Length(epochs=1.0))
    with pytest.raises(KeyboardInterrupt, match=r"^3 labelled photos are kept in .*run, and the"):
        distill(run, Interrupter("label photos"))
    (labels,) = (tmp_path / "run").glob("labels-*")
    assert len(list(labels.glob("*.jpg"))) == 3
    with pytest.raises(KeyboardInterrupt, match=r"^3 batches of training are kept in .*--resume"):
        distill(run, Interrupter("train"))
    assert load(tmp_path / "run" / "checkpoint.pt").step == 3


def test_what_judges_is_not_trained_on(photos, labelled, tmp_path) -> None:
    shutil.copy(labelled / "images" / "1.png", photos / "large" / "taken.png")
    judge = load_dataset(labelled)
    with pytest.raises(DataError, match=r"taken\.png is labelled/1"):
        distill(order(photos, tmp_path / "run", watched=judge), Silent())
    assert not (tmp_path / "run" / "checkpoint.pt").exists()


def test_a_watched_dataset_chooses(photos, labelled, tmp_path) -> None:
    judge = load_dataset(labelled)
    made = distill(order(photos, tmp_path / "run", watched=judge), Silent())
    assert made.score == pytest.approx(max(c.watched_iou for c in made.state.curve), abs=0.2)
    assert "`labelled`, which also chose the best state" in made.card.read_text()


def test_backgrounds_below_the_photos_are_not_labelled(photos, tmp_path) -> None:
    told = Silent()
    distill(order(photos, tmp_path / "run", backgrounds=[photos / "small"]), told)
    assert ("label photos", 10, 10) in told.phases
