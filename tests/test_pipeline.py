"""A variant made executable, with a segmenter that is known and with the bundled network."""

import io
import sys
from contextlib import contextmanager

import cv2
import numpy as np
import pytest
from PIL import Image

from hairopt import pipeline as module
from hairopt.errors import ConfigError, DataError, HairoptError, UnavailableError, UsageError
from hairopt.images import decode_image
from hairopt.pieces import PIECE_BYTES
from hairopt.pipeline import Given, Pipeline
from hairopt.stages import STAGES
from hairopt.stages.mask import upsample
from hairopt.stages.protocol import AntiBleed
from hairopt.stages.recolor.hsv import oracle_recolor, recolor_hsv
from hairopt.types import STAGES as STAGE_NAMES
from hairopt.types import Box, Shade
from hairopt.variants.load import load_variant
from hairopt.variants.schema import Variant

VIOLET = Shade.parse("violet")


class BrightIsHair:
    """A segmenter of one line: the bright pixels, on a grid of 32."""

    closed = 0

    def __call__(self, image: np.ndarray) -> np.ndarray:
        small = cv2.resize(image, (32, 32), interpolation=cv2.INTER_AREA)
        return (small.mean(axis=2) > 100).astype(np.float32)

    def close(self) -> None:
        type(self).closed += 1


@pytest.fixture(scope="module", autouse=True)
def bright_is_hair():
    if "segment.bright" not in STAGES.names():
        STAGES.register("segment.bright", lambda **_: BrightIsHair(), "the tests")  # type: ignore[arg-type]


def variant(**tables: dict) -> Variant:
    base = {"segment": {"method": "bright"}, "encode": {"format": "png"}}
    return Variant.model_validate({"name": "test", **base, **tables})


def photo() -> np.ndarray:
    """Dark noise with one bright block: rows 48..96, columns 64..128 of 160 x 200."""
    pixels = np.random.default_rng(0).integers(0, 40, (160, 200, 3), dtype=np.uint8)
    pixels[50:95, 69:125] += 160
    return pixels


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_run_gives_all_stages_with_times_and_a_picture():
    with Pipeline(variant()) as pipeline:
        answer = pipeline.run(png(photo()), VIOLET, 70)
    assert tuple(answer.stage_ms) == tuple(answer.stage_cpu_ms) == STAGE_NAMES
    assert all(ms > 0 for ms in answer.stage_ms.values())
    assert all(ms >= 0 for ms in answer.stage_cpu_ms.values())
    np.testing.assert_array_equal(decode_image(answer.encoded, "answer"), answer.image)
    assert answer.mask.shape == (32, 32)
    assert answer.postprocessed
    assert pipeline.model_file is None


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="counts references")
def test_the_file_is_let_go_of_as_soon_as_it_is_decoded():
    data, plain = png(photo()), png(photo())
    alone = sys.getrefcount(data)
    held = []

    @contextmanager
    def watch(stage):
        held.append((stage, sys.getrefcount(data) > alone))
        yield

    with Pipeline(variant(), watch) as pipeline:
        answer = pipeline.run(Given(data), VIOLET, 70)
    assert dict(held) == {stage: stage == "decode" for stage in STAGE_NAMES}
    with Pipeline(variant()) as pipeline:
        assert answer.encoded == pipeline.run(plain, VIOLET, 70).encoded


@pytest.mark.parametrize("feather_at", ["mask", "image"])
@pytest.mark.parametrize("when", ["always", "never"])
def test_nothing_outside_the_box_changes_and_the_box_is_the_hairs(feather_at: str, when: str):
    post = {"feather_px": 2.0, "feather_at": feather_at, "when": when}
    with Pipeline(variant(postprocess=post)) as pipeline:
        answer = pipeline.run(png(photo()), VIOLET, 100)
    box = answer.box
    assert answer.alpha.shape == (box.bottom - box.top, box.right - box.left)
    assert 20 < box.top < 50
    assert 95 < box.bottom < 130
    outside = np.ones((160, 200), bool)
    outside[box.slices] = False
    np.testing.assert_array_equal(answer.image[outside], photo()[outside])
    assert (answer.image[60:90, 75:120] != photo()[60:90, 75:120]).any(axis=2).all()


@pytest.mark.parametrize("feather_at", ["mask", "image"])
@pytest.mark.parametrize("anti_bleed", [False, "edges", True])
def test_the_box_saves_work_and_changes_nothing(feather_at: str, anti_bleed: AntiBleed):
    post = {"feather_px": 3.0, "feather_at": feather_at, "anti_bleed": anti_bleed}
    images = []
    for region in ("image", "hair"):
        with Pipeline(variant(postprocess=post, recolor={"region": region})) as pipeline:
            answer = pipeline.run(png(photo()), VIOLET, 70)
        assert (answer.box == Box.full(160, 200)) == (region == "image")
        images.append(answer.image.astype(int))
    assert np.abs(images[0] - images[1]).max() <= 1


def test_deep_inside_the_hair_it_is_the_oracle():
    with Pipeline(variant()) as pipeline:
        answer = pipeline.run(png(photo()), VIOLET, 70)
    exact = oracle_recolor(photo(), np.ones((160, 200), np.float32), VIOLET, 70)
    inside = np.s_[65:80, 85:110]
    assert np.abs(answer.image[inside] - exact[inside]).max() <= 1


class Scribbler:
    """Every stage that is handed the photo, and scribbles on it."""

    def __call__(self, *pictures: object, **_: object) -> np.ndarray:
        image = next(one for one in pictures if getattr(one, "ndim", 0) == 3)
        image[0, 0] = 255
        raise AssertionError("the photo could be written to")

    def close(self) -> None:
        pass


@pytest.mark.parametrize("stage", ["segment", "recolor", "postprocess"])
def test_no_stage_can_write_into_the_photo(stage: str):
    name = f"{stage}.scribbler"
    if name not in STAGES.names():
        method = (lambda **_: Scribbler()) if stage == "segment" else Scribbler()
        STAGES.register(name, method, "the tests")  # type: ignore[arg-type]
    with (
        Pipeline(variant(**{stage: {"method": "scribbler"}})) as pipeline,
        pytest.raises((ValueError, HairoptError), match="read-only"),
    ):
        pipeline.run(png(photo()), VIOLET, 70)


def test_intensity_0_gives_the_photo_back():
    with Pipeline(variant()) as pipeline:
        answer = pipeline.run(png(photo()), VIOLET, 0)
    np.testing.assert_array_equal(answer.image, photo())


@pytest.mark.parametrize("region", ["image", "hair"])
def test_no_hair_gives_the_photo_back(region: str):
    dark = np.random.default_rng(0).integers(0, 90, (70, 50, 3), dtype=np.uint8)
    with Pipeline(variant(recolor={"region": region})) as pipeline:
        answer = pipeline.run(png(dark), VIOLET, 100)
    np.testing.assert_array_equal(answer.image, dark)
    assert answer.box.is_empty == (region == "hair")


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 2)])
@pytest.mark.parametrize("name", ["baseline", "float32"])
def test_tiny_photos_go_through(size: tuple[int, int], name: str):
    tables = load_variant(name).model_dump()
    tables["segment"] = {"method": "bright"}
    with Pipeline(Variant.model_validate(tables)) as pipeline:
        for level in (0, 255):
            answer = pipeline.run(png(np.full((*size, 3), level, np.uint8)), VIOLET, 70)
            assert answer.image.shape == (*size, 3)


@pytest.mark.parametrize(
    ("when", "intensity", "expected"),
    [
        ("intensity >= 30", 29.9, False),
        ("intensity >= 30", 30, True),
        ("hair_fraction > 0.01", 50, True),
        ("hair_fraction > 0.5", 50, False),
        ("edge_contrast > 10", 50, True),
        ("edge_contrast > 90", 50, False),
    ],
)
def test_the_condition_decides(when: str, intensity: float, expected: bool):
    with Pipeline(variant(postprocess={"when": when})) as pipeline:
        answer = pipeline.run(png(photo()), VIOLET, intensity)
    assert answer.postprocessed is expected


def test_without_postprocessing_the_plain_mask_is_blended():
    with Pipeline(variant(postprocess={"when": "never"}, recolor={"region": "image"})) as pipeline:
        answer = pipeline.run(png(photo()), VIOLET, 70)
    np.testing.assert_array_equal(answer.alpha, upsample(answer.mask, 160, 200))


def test_one_segmentation_serves_many_shades_and_keeps_its_photo():
    with Pipeline(variant()) as pipeline:
        segmented = pipeline.segment(png(photo()))
        first = pipeline.dye(segmented, VIOLET, 100)
        pipeline.dye(segmented, Shade.parse("green"), 100)
        again = pipeline.dye(segmented, VIOLET, 100)
    np.testing.assert_array_equal(segmented.image, photo())
    np.testing.assert_array_equal(first.image, again.image)
    assert first.encoded == again.encoded
    assert set(segmented.stage_ms) == {"decode", "segment"}
    assert first.stage_ms["segment"] == segmented.stage_ms["segment"]


def test_errors_are_ours(monkeypatch, tmp_path):
    with Pipeline(variant()) as pipeline:
        with pytest.raises(DataError):
            pipeline.run(b"no picture", VIOLET, 50)
        for intensity in (-1, 100.5, float("nan")):
            with pytest.raises(UsageError, match="within 0 and 100"):
                pipeline.run(png(photo()), VIOLET, intensity)
    with pytest.raises(ConfigError, match=r"did you mean segment\.bright"):
        Pipeline(variant(segment={"method": "brigt"}))
    with pytest.raises(ConfigError, match="unknown model"):
        Pipeline(variant(segment={"model": "no-such-model"}))
    monkeypatch.setenv("HAIROPT_HOME", str(tmp_path))
    with pytest.raises(UnavailableError, match="pull"):
        Pipeline(variant(segment={"model": "mediapipe-hair"}))


def test_leaving_the_context_closes_the_network():
    before = BrightIsHair.closed
    with Pipeline(variant()):
        assert BrightIsHair.closed == before
    assert BrightIsHair.closed == before + 1


def test_opencv_uses_the_threads_of_the_variant():
    before = cv2.getNumThreads()
    try:
        with Pipeline(variant(segment={"method": "bright", "threads": 1})):
            assert cv2.getNumThreads() == 1
    finally:
        cv2.setNumThreads(before)


@pytest.fixture(scope="module")
def astronaut() -> bytes:
    from skimage.data import astronaut as picture

    return png(picture())


@pytest.mark.parametrize("name", ["float32", "conditional-post"])
def test_the_bundled_network_finds_the_astronauts_hair(name: str, astronaut: bytes):
    with Pipeline(load_variant(name)) as pipeline:
        answer = pipeline.run(astronaut, VIOLET, 70)
        assert pipeline.model_file is not None
        assert pipeline.model_file.record.name == "hairnet"
    assert Image.open(io.BytesIO(answer.encoded)).format == "JPEG"
    hair, suit = (slice(35, 60), slice(205, 255)), (slice(350, 500), slice(150, 350))
    before = decode_image(astronaut, "astronaut")
    dyed = recolor_hsv(before[hair], VIOLET, 70).astype(int)
    assert np.abs(answer.image[hair] - dyed).mean() < 3
    np.testing.assert_array_equal(answer.image[suit], before[suit])


@pytest.mark.parametrize("name", ["float32", "baseline", "conditional-post"])
def test_a_large_photo_is_dyed_in_pieces_with_the_same_answer(
    name: str, astronaut: bytes, monkeypatch: pytest.MonkeyPatch
):
    with Pipeline(load_variant(name)) as pipeline:
        whole = pipeline.run(astronaut, VIOLET, 70)
        pieces_px = whole.image.shape[0] * whole.image.shape[1] // 9
        monkeypatch.setattr(module, "_BYTES_PER_PX", PIECE_BYTES // pieces_px)
        again = pipeline.run(astronaut, VIOLET, 70)
    assert again.encoded == whole.encoded
    np.testing.assert_array_equal(again.image, whole.image)
    np.testing.assert_array_equal(again.alpha, whole.alpha)
    assert again.box == whole.box
    assert list(again.stage_ms) == list(STAGE_NAMES)


def test_alpha_of_a_part_is_that_part_of_alpha(monkeypatch: pytest.MonkeyPatch):
    with Pipeline(variant()) as pipeline:
        small = pipeline.run(png(photo()), VIOLET, 70)
        monkeypatch.setattr(module, "_BYTES_PER_PX", PIECE_BYTES // 100)
        large = pipeline.run(png(photo()), VIOLET, 70)
    box = small.box
    part = Box(box.top + 3, box.bottom - 5, box.left + 2, box.right - 9)
    for answer in (small, large):
        expected = answer.alpha[part.within(box).slices]
        np.testing.assert_array_equal(answer.alpha_of(part), expected)
    np.testing.assert_array_equal(large.image, small.image)
