"""A photo that is scored in pieces, its pictures held on disk: every number as in one piece."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from hairopt.datasets import load_dataset
from hairopt.measure import case_scorer
from hairopt.measure.bench import run_bench
from hairopt.measure.held import empty_plane, enlarged
from hairopt.measure.plan import BenchPlan
from hairopt.measure.run_store import read_run
from hairopt.measure.run_tables import read_cases
from hairopt.metrics import truth
from hairopt.raster import OnDisk
from hairopt.stages.mask import upsample
from hairopt.types import Shade
from hairopt.variants.schema import DecodeSpec, EncodeSpec, PostprocessSpec

HEIGHT, WIDTH = 300, 420


@pytest.fixture
def one_photo(tmp_path):
    """A photo of noise with an ellipse of hair, and a true picture of it in pink."""
    folder, rng = tmp_path / "one", np.random.default_rng(0)
    for name in ("images", "masks", "dyed"):
        (folder / name).mkdir(parents=True)
    for name in ("images/a.png", "dyed/a@pink.png"):
        noise = rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / name), cv2.GaussianBlur(noise, (9, 9), 2))
    hair = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(hair, (200, 140), (130, 100), 20, 0, 360, 255, -1)
    cv2.imwrite(str(folder / "masks" / "a.png"), cv2.GaussianBlur(hair, (9, 9), 2))
    return load_dataset(folder)


def _cases(strange, dataset, out):
    """Answers as they are, smaller than the photo, and without postprocessing at low intensity."""
    plain = strange("plain", "disc")
    when = PostprocessSpec(when="intensity >= 60")
    variants = (
        plain.model_copy(update={"encode": EncodeSpec(format="png")}),
        plain.model_copy(update={"name": "half", "decode": DecodeSpec(reduce=2)}),
        plain.model_copy(update={"name": "when", "postprocess": when}),
    )
    plan = BenchPlan(
        variants,
        dataset,
        out,
        rounds=1,
        warmup=0,
        shades=(Shade.parse("blue"), Shade.parse("green")),
        intensities=(0.0, 50.0, 100.0),
    )
    run_bench(plan)
    (folder,) = out.iterdir()
    assert read_run(folder).dataset.bad_cases == []
    return read_cases(folder).drop(columns="images", errors="ignore")


@pytest.mark.usefixtures("plugin")
def test_pieces_give_what_the_whole_gives(strange, one_photo, tmp_path, monkeypatch):
    whole = _cases(strange, one_photo, tmp_path / "whole")
    held = []
    monkeypatch.setattr(truth, "WHOLE_PX", 10_000)
    monkeypatch.setattr(truth, "PIECE_BYTES", 1_000_000)
    monkeypatch.setattr(case_scorer, "held", lambda one: held.append(OnDisk.of(one)) or held[-1])
    pieces = _cases(strange, one_photo, tmp_path / "pieces")
    assert len(whole) == len(pieces) == 3 * (2 * 3 + 1)  # and the true picture
    assert len(held) > 18
    assert pieces.select_dtypes("object").equals(whole.select_dtypes("object"))
    numbers = whole.select_dtypes("number").columns
    assert {"iou", "boundary_f", "lock_de00", "bleed_de00", "redye_de00"} < set(numbers)
    ideal = {"ideal_lock_de00", "ideal_redye_de00", "formula_de00"}
    assert {"response_monotone", "hair_change_de76"} | ideal < set(numbers)
    np.testing.assert_allclose(pieces[numbers], whole[numbers], rtol=1e-5, atol=1e-6)


def test_a_plane_is_enlarged_on_disk_as_in_memory(monkeypatch):
    small = np.random.default_rng(0).random((30, 40), np.float32)
    expected = upsample(small, HEIGHT, WIDTH)
    monkeypatch.setattr(truth, "WHOLE_PX", 10_000)
    found = enlarged(small, (HEIGHT, WIDTH))
    assert isinstance(found, OnDisk)
    np.testing.assert_array_equal(np.asarray(found), expected)
    assert enlarged(found, (HEIGHT, WIDTH)) is found
    assert isinstance(empty_plane((30, 40)), np.ndarray)
