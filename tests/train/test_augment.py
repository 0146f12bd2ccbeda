import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hairopt.train.augment.back_view import paint_over_face
from hairopt.train.augment.backgrounds import background
from hairopt.train.augment.camera import through_camera
from hairopt.train.augment.clothes import put_on_clothes
from hairopt.train.augment.framing import frame
from hairopt.train.augment.hats import put_on_hat
from hairopt.train.augment.recolour import blend, recolour_hair
from tests.train.conftest import head

FACE = (28, 44, 44, 52)
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=40, deadline=None)


def case(seed):
    image, truth = head(seed % 50)
    return image, (truth * 255).astype(np.uint8), np.random.default_rng(seed)


@few
@given(seeds)
def test_recolouring_touches_hair_only(seed) -> None:
    image, label, rng = case(seed)
    dyed = recolour_hair(image, label, rng)
    assert dyed.dtype == np.uint8
    np.testing.assert_array_equal(dyed[label == 0], image[label == 0])
    assert (dyed[label == 255] != image[label == 255]).any()


@few
@given(seeds)
def test_a_painted_face_becomes_hair_and_nothing_stops_being_hair(seed) -> None:
    image, label, rng = case(seed)
    painted, hair = paint_over_face(image, label, FACE, rng)
    assert painted.shape == image.shape
    assert (hair >= label).all()
    assert hair[70, 50] == 255
    untouched = (hair == label) & (hair == 0)
    np.testing.assert_array_equal(painted[untouched], image[untouched])


def test_without_hair_no_face_is_painted(rng) -> None:
    image, label, _ = case(1)
    painted, hair = paint_over_face(image, np.zeros_like(label), FACE, rng)
    assert painted is image
    assert not hair.any()


@few
@given(seeds)
def test_a_hat_hides_hair_and_makes_none(seed) -> None:
    image, label, rng = case(seed)
    cloth = np.full((8, 8, 3), 90, np.uint8)
    worn, hair = put_on_hat(image, label, FACE, cloth, rng)
    assert worn.shape == image.shape
    assert (hair <= label).all()
    assert hair.sum() < 0.9 * label.sum()


@few
@given(seeds, st.sampled_from([None, FACE]))
def test_clothes_lie_behind_the_hair_and_below_the_face(seed, face) -> None:
    image, label, rng = case(seed)
    texture = np.full((8, 8, 3), 90, np.uint8)
    dressed = put_on_clothes(image, label, face, texture, rng)
    assert dressed.dtype == np.uint8
    np.testing.assert_array_equal(dressed[label == 255], image[label == 255])
    changed = (dressed != image).any(axis=2)
    assert changed[-1].any()
    if face is not None:
        left, top, width, height = face
        assert not changed[top : top + height // 2, left : left + width].any()


def test_without_hair_nobody_is_dressed(rng) -> None:
    image, label, _ = case(1)
    assert put_on_clothes(image, np.zeros_like(label), None, image, rng) is image


@few
@given(seeds, st.integers(32, 96))
def test_a_frame_has_the_asked_size_and_labels_only_the_photo(seed, side) -> None:
    image, label, rng = case(seed)
    cut = frame(image, np.full_like(label, 255), side, 0.4, 0.3, rng)
    assert cut.image.shape == (side, side, 3)
    assert (cut.label[cut.inside == 0] == 0).all()
    assert (cut.label[cut.inside == 255] == 255).all()


@few
@given(seeds)
def test_label_and_picture_move_together(seed) -> None:
    _, label, rng = case(seed)
    picture = np.repeat(label[..., None], 3, axis=2)
    cut = frame(picture, label, 64, 0.0, 0.5, rng)
    inside = cut.inside == 255
    assert np.abs(cut.image[..., 0].astype(int) - cut.label)[inside].max() <= 1


@few
@given(seeds)
def test_a_camera_gives_pixels_between_0_and_1(seed) -> None:
    image, _, rng = case(seed)
    seen = through_camera(image, rng)
    assert seen.shape == image.shape
    assert seen.dtype == np.float32
    assert seen.min() >= 0
    assert seen.max() <= 1


@few
@given(seeds, st.booleans())
def test_backgrounds_have_their_size_with_and_without_photos(seed, with_photos) -> None:
    photos = [head(3)[0]] if with_photos else []
    made = background(photos, 48, np.random.default_rng(seed))
    assert made.shape == (48, 48, 3)
    assert made.dtype == np.uint8


def test_blending_by_half_is_the_mean() -> None:
    below, above = np.full((1, 2, 3), 10, np.uint8), np.full((1, 2, 3), 20, np.uint8)
    mixed = blend(below, above, np.array([[0, 255]], np.uint8))
    assert mixed[0, :, 0].tolist() == [10, 20]
    assert blend(below, above, np.full((1, 2), 128, np.uint8))[0, 0, 0] == 15


@pytest.mark.parametrize("change", [recolour_hair, lambda i, label, r: through_camera(i, r)])
def test_the_same_generator_gives_the_same_picture(change) -> None:
    image, label, _ = case(2)
    one, other = (change(image, label, np.random.default_rng(9)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
