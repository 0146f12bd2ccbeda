import numpy as np
import pytest

from hairopt.metrics.agreement import ReferenceAnswer
from hairopt.metrics.case import TruthCase, score_mask
from hairopt.metrics.catalog import AGREEMENT_GUARDED, METRICS, UNLABELLED, known_metrics
from hairopt.types import Shade

VIOLET = Shade.parse("violet")


def _answers():
    """A photo, and what two pipelines blended and answered; the second covers half as much."""
    photo = np.random.default_rng(0).integers(60, 120, (96, 96, 3)).astype(np.uint8)
    alphas = []
    for width in (60, 30):
        alpha = np.zeros((96, 96), np.float32)
        alpha[20:80, 20 : 20 + width] = 1.0
        alphas.append(alpha)
    dyed = photo.astype(np.int64) + np.array((40, -30, 60))
    pictures = [
        np.where(alpha[..., None] > 0, dyed, photo).clip(0, 255).astype(np.uint8)
        for alpha in alphas
    ]
    return photo, alphas, pictures


def test_an_answer_agrees_with_itself_perfectly():
    photo, alphas, pictures = _answers()
    found = ReferenceAnswer.of(photo, alphas[0], pictures[0]).scores(
        alphas[0], pictures[0], VIOLET, 70
    )
    assert tuple(found) == AGREEMENT_GUARDED
    for name in ("alpha_iou", "alpha_boundary_iou", "texture_structure", "outside_structure"):
        assert found[f"agreement_{name}"] == pytest.approx(1.0, abs=1e-6), name
    assert found["agreement_lock_de00"] == 0.0
    assert found["agreement_outside_de00"] == 0.0


def test_its_mask_is_scored_as_a_truth_would_be_and_its_picture_as_an_intent():
    photo, alphas, pictures = _answers()
    reference = ReferenceAnswer.of(photo, alphas[0], pictures[0])
    found = reference.scores(alphas[1], pictures[1], VIOLET, 70)
    by_truth = score_mask(TruthCase.prepare(photo, alphas[0]), alphas[1], alphas[1])
    assert found["agreement_alpha_iou"] == by_truth["alpha_iou"] == pytest.approx(0.5)
    assert found["agreement_alpha_boundary_iou"] == by_truth["alpha_boundary_iou"]
    assert found["agreement_lock_de00"] > 5  # half of the hair is not dyed
    assert found["agreement_outside_de00"] == pytest.approx(0.0, abs=1e-6)


def test_what_is_painted_beside_the_hair_shows():
    photo, alphas, pictures = _answers()
    found = ReferenceAnswer.of(photo, alphas[1], pictures[1]).scores(
        alphas[0], pictures[0], VIOLET, 70
    )
    assert found["agreement_outside_de00"] > 2
    assert found["agreement_lock_de00"] == pytest.approx(0.0, abs=1e-6)


def test_none_of_it_has_a_name_of_quality():
    assert not UNLABELLED.keys() & METRICS.keys()
    for name, metric in UNLABELLED.items():
        assert name == metric.name
        assert name.startswith(("agreement_", "expected_"))
        assert metric.summary.startswith(("agreement", "expected"))
        assert known_metrics()[name] is metric
