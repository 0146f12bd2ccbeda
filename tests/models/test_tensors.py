import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError
from scipy.special import softmax

from hairopt.errors import ModelError
from hairopt.models.contract import InputContract, OutputContract, Quantization
from hairopt.models.squash import squash
from hairopt.models.tensors import prepare, read_mask

patient = settings(deadline=None)  # the first call imports OpenCV
LOGITS = arrays(np.float32, (1, 3, 2, 4), elements=st.floats(-60, 60, width=32))


def takes(**values) -> InputContract:
    defaults = {"name": "x", "layout": "NCHW", "height": 2, "width": 3}
    return InputContract(**{**defaults, **values})


def gives(kind: str, **values) -> OutputContract:
    return OutputContract(**{"name": "y", "layout": "NCHW", "kind": kind, **values})


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


class TestPrepare:
    def test_a_red_pixel_is_one_zero_zero_in_planes(self) -> None:
        red = np.full((2, 3, 3), (255, 0, 0), np.uint8)
        tensor = prepare(red, takes())
        assert tensor.shape == (1, 3, 2, 3)
        assert tensor.dtype == np.float32
        assert tensor[0, :, 0, 0].tolist() == [1.0, 0.0, 0.0]

    def test_mean_and_std_are_applied_per_channel_in_rgb_order(self) -> None:
        white = np.full((2, 3, 3), 255, np.uint8)
        tensor = prepare(white, takes(mean=(0.0, 0.5, 0.75), std=(1.0, 0.25, 0.5)))
        assert tensor[0, :, 1, 2].tolist() == [1.0, 2.0, 0.5]

    @pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
    @pytest.mark.parametrize("order", ["RGB", "BGR"])
    @pytest.mark.parametrize("extra", [0, 1, 2])
    @pytest.mark.parametrize(
        ("dtype", "scale", "zero_point"),
        [
            ("float32", None, 0),
            ("float16", None, 0),
            ("uint8", 1 / 255, 0),
            ("uint8", 0.02, 100),
            ("int8", 0.02, -3),
        ],
    )
    def test_equals_the_formula(self, layout, order, extra, dtype, scale, zero_point) -> None:
        quantization = Quantization(scale=scale, zero_point=zero_point) if scale else None
        contract = takes(
            layout=layout, height=30, width=20, channel_order=order, extra_channels=extra,
            dtype=dtype, quantization=quantization, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.4),
        )  # fmt: skip
        image = picture(30, 20)
        real = image[..., :: -1 if order == "BGR" else 1] / 255
        real = (real - [0.4, 0.5, 0.6]) / [0.2, 0.3, 0.4]
        real = np.concatenate([real, np.zeros((30, 20, extra))], axis=2)
        if scale:
            limits = np.iinfo(dtype)
            real = np.clip(np.rint(real / scale) + zero_point, limits.min, limits.max)
        expected = real.astype(dtype)[None]
        if layout == "NCHW":
            expected = expected.transpose(0, 3, 1, 2)
        tensor = prepare(image, contract)
        assert tensor.dtype == expected.dtype
        assert tensor.flags.c_contiguous
        np.testing.assert_array_equal(tensor, expected)

    def test_never_shares_memory_with_the_photo(self) -> None:
        image = picture(2, 3)
        contract = takes(dtype="uint8", quantization=Quantization(scale=1 / 255, zero_point=0))
        prepare(image, contract)[...] = 0
        assert (image == picture(2, 3)).all()

    @pytest.mark.parametrize("sides", [(1, 1), (3000, 20), (20, 3000), (2, 3), (1025, 1023)])
    def test_any_photo_fits(self, sides: tuple[int, int]) -> None:
        assert prepare(picture(*sides), takes(height=64, width=64)).shape == (1, 3, 64, 64)


class TestSquash:
    @patient
    @given(
        st.integers(1, 400),
        st.integers(1, 400),
        arrays(np.uint8, 3),
    )
    def test_one_colour_stays_that_colour(self, height: int, width: int, colour) -> None:
        image = np.full((height, width, 3), colour, np.uint8)
        assert (squash(image, 32, 24) == colour).all()

    @pytest.mark.parametrize("factor", [2, 4, 8, 16])
    def test_a_power_of_two_is_the_box_average(self, factor: int) -> None:
        image = picture(16 * factor, 16 * factor)
        boxes = image.reshape(16, factor, 16, factor, 3).mean(axis=(1, 3))
        # Every halving rounds to whole levels.
        assert np.abs(squash(image, 16, 16) - boxes).max() <= np.log2(factor) / 2 + 0.5

    @pytest.mark.parametrize("sides", [(100, 90), (1200, 904), (500, 2000), (20, 300), (3000, 20)])
    def test_nothing_moves_sideways(self, sides: tuple[int, int]) -> None:
        image = picture(*sides)
        there = squash(np.ascontiguousarray(image[:, ::-1]), 64, 64)[:, ::-1].astype(int)
        assert np.abs(there - squash(image, 64, 64)).max() <= 2

    @pytest.mark.parametrize("sides", [(257, 129), (683, 1025), (1023, 900), (131, 511), (64, 255)])
    def test_an_odd_side_moves_nothing_by_more_than_half_a_pixel(self, sides: tuple[int, int]):
        level = 255 / 64
        for axis in (0, 1):
            ramp = (np.arange(sides[axis]) + 0.5) * (255 / sides[axis])
            plane = np.broadcast_to(ramp if axis else ramp[:, None], sides)
            image = np.repeat(np.rint(plane)[..., None].astype(np.uint8), 3, axis=2)
            wanted = (np.arange(64) + 0.5) * level
            wanted = wanted if axis else wanted[:, None]
            assert np.abs(squash(image, 64, 64)[..., 0] - wanted).max() <= 0.5 * level + 1.5

    def test_fine_stripes_become_grey_and_do_not_alias(self) -> None:
        stripes = np.zeros((700, 700, 3), np.uint8)
        stripes[:, ::2] = 255
        bilinear = cv2.resize(stripes, (256, 256), interpolation=cv2.INTER_LINEAR)
        assert np.ptp(bilinear) > 200
        assert np.ptp(squash(stripes, 256, 256)) < 100

    def test_the_size_itself_is_not_copied(self) -> None:
        image = picture(8, 6)
        assert squash(image, 8, 6) is image


class TestReadMask:
    def test_two_logits_a_log_three_apart(self) -> None:
        output = np.array([0.0, np.log(3.0)], np.float32).reshape(1, 2, 1, 1)
        mask = read_mask(output, gives("logits", channels=2, hair=1))
        assert mask.shape == (1, 1)
        assert mask[0, 0] == pytest.approx(0.75)

    def test_one_logit_of_zero_is_a_half(self) -> None:
        assert read_mask(np.zeros((1, 1, 1, 1), np.float32), gives("logits"))[0, 0] == 0.5

    @pytest.mark.parametrize("kind", ["softmax", "sigmoid"])
    def test_probabilities_are_taken_as_they_are_and_clipped(self, kind: str) -> None:
        output = np.array([[[[0.9, 0.0]], [[0.25, 1.5]]]], np.float32)
        mask = read_mask(output, gives(kind, channels=2, hair=1))
        assert mask.tolist() == [[0.25, 1.0]]

    def test_class_map_is_a_set(self) -> None:
        output = np.array([[[0, 17], [17, 3]]], np.int64)
        mask = read_mask(output, gives("class_map", hair=17, dtype="int64"))
        assert mask.tolist() == [[0.0, 1.0], [1.0, 0.0]]
        assert mask.dtype == np.float32

    def test_quantised_probability(self) -> None:
        output = np.array([[[[0, 64, 255]]]], np.uint8)
        contract = gives(
            "sigmoid", dtype="uint8", quantization=Quantization(scale=1 / 256, zero_point=0)
        )
        assert read_mask(output, contract).tolist() == [[0.0, 0.25, 255 / 256]]

    def test_quantised_logits(self) -> None:
        output = np.array([-10, 10], np.int8).reshape(1, 1, 1, 2)
        contract = gives(
            "logits", layout="NHWC", channels=2, hair=1, dtype="int8",
            quantization=Quantization(scale=0.1, zero_point=5),
        )  # fmt: skip
        assert read_mask(output, contract)[0, 0] == pytest.approx(1 / (1 + np.exp(-2.0)))

    @pytest.mark.parametrize("shape", [(1, 2, 3), (1, 1, 2, 3)])
    def test_one_channel_may_be_left_out(self, shape: tuple[int, ...]) -> None:
        assert read_mask(np.ones(shape, np.float32), gives("sigmoid")).shape == (2, 3)

    @patient
    @given(LOGITS)
    def test_layouts_agree(self, output: np.ndarray) -> None:
        flipped = np.ascontiguousarray(output.transpose(0, 2, 3, 1))
        here = read_mask(output, gives("logits", channels=3, hair=2))
        there = read_mask(flipped, gives("logits", layout="NHWC", channels=3, hair=2))
        np.testing.assert_array_equal(here, there)

    @patient
    @given(LOGITS)
    def test_two_class_softmax_is_the_sigmoid_of_the_difference(self, output) -> None:
        two = read_mask(output[:, :2], gives("logits", channels=2, hair=1))
        one = read_mask(output[:, 1:2] - output[:, :1], gives("logits"))
        np.testing.assert_array_equal(two, one)

    @patient
    @given(LOGITS)
    def test_equals_scipy_softmax(self, output: np.ndarray) -> None:
        mask = read_mask(output, gives("logits", channels=3, hair=1))
        expected = softmax(output.astype(np.float64), axis=1)[0, 1]
        np.testing.assert_allclose(mask, expected, rtol=2e-5, atol=1e-30)

    @patient
    @given(arrays(np.float32, (1, 1, 2, 2), elements=st.floats(width=32, allow_nan=False)))
    def test_any_number_gives_a_probability(self, output: np.ndarray) -> None:
        for kind in ("logits", "sigmoid"):
            mask = read_mask(output, gives(kind))
            assert mask.min() >= 0
            assert mask.max() <= 1

    @pytest.mark.parametrize("kind", ["logits", "sigmoid"])
    def test_one_nan_is_refused(self, kind: str) -> None:
        output = np.zeros((1, 1, 4, 4), np.float32)
        output[0, 0, 2, 3] = np.nan
        with pytest.raises(ModelError, match=r"'y' holds values that are not numbers"):
            read_mask(output, gives(kind))

    @pytest.mark.parametrize("shape", [(1, 3, 2, 2), (2, 2, 2, 2), (2, 2), (1, 2, 2)])
    def test_another_shape_is_refused(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(ModelError, match=r"NCHW, with 2 channel"):
            read_mask(np.zeros(shape, np.float32), gives("softmax", channels=2))

    @pytest.mark.parametrize("kind", ["logits", "softmax", "sigmoid"])
    def test_is_a_fresh_array(self, kind: str) -> None:
        output = np.full((1, 1, 2, 2), 0.25, np.float32)
        read_mask(output, gives(kind))[...] = 9
        assert (output == 0.25).all()


class TestContracts:
    def test_a_channel_that_is_not_there_is_refused(self) -> None:
        with pytest.raises(ValidationError, match="hair is channel 2, but there are 2"):
            gives("softmax", channels=2, hair=2)

    @pytest.mark.parametrize("dtype", ["uint8", "int8"])
    def test_integers_need_a_scale(self, dtype: str) -> None:
        with pytest.raises(ValidationError, match="needs quantization"):
            takes(dtype=dtype)
        with pytest.raises(ValidationError, match="needs quantization"):
            gives("sigmoid", dtype=dtype)

    def test_division_by_zero_is_refused(self) -> None:
        with pytest.raises(ValidationError, match="std contains a zero"):
            takes(std=(1, 0, 1))


class TestSquashOnce:
    def photo(self):
        return np.random.default_rng(0).integers(0, 256, (90, 70, 3), dtype=np.uint8)

    def test_a_photo_that_cannot_change_is_squashed_once(self):
        photo = self.photo()
        expected = squash(photo, 32, 32)
        photo.flags.writeable = False
        small = squash(photo, 32, 32)
        assert squash(photo, 32, 32) is small
        assert not small.flags.writeable
        np.testing.assert_array_equal(small, expected)
        assert squash(photo, 16, 32).shape == (16, 32, 3)
        np.testing.assert_array_equal(squash(photo, 32, 32), expected)

    def test_a_photo_that_may_change_is_squashed_anew(self):
        photo = self.photo()
        before = squash(photo, 32, 32)
        photo[:] = 255 - photo
        assert np.abs(squash(photo, 32, 32).astype(int) - before).max() > 10

    def test_another_photo_in_the_same_memory_is_another_photo(self):
        whole = self.photo()
        parts = [whole[:40], whole[40:80]]
        for part in parts:
            part.flags.writeable = False
        first, second = (squash(part, 20, 20) for part in parts)
        assert not np.array_equal(first, second)


def test_a_photo_of_another_thread_in_between_changes_nothing(monkeypatch):
    rng = np.random.default_rng(5)
    photos = [rng.integers(0, 256, (90, 70, 3), np.uint8) for _ in range(2)]
    alone = [squash(photo, 32, 32) for photo in photos]
    for photo in photos:
        photo.flags.writeable = False
    real = cv2.resize

    def resize(*arguments, **how):
        monkeypatch.setattr(cv2, "resize", real)
        squash(photos[1], 16, 16)  # as if that thread had its turn here
        return real(*arguments, **how)

    monkeypatch.setattr(cv2, "resize", resize)
    assert np.array_equal(squash(photos[0], 32, 32), alone[0])
    assert np.array_equal(squash(photos[1], 32, 32), alone[1])


@pytest.mark.parametrize(
    "sides", [(1024, 1024), (700, 1300), (2049, 1537), (300, 290), (4000, 600)]
)
def test_a_photo_for_several_networks_is_shrunk_as_for_each_alone(sides, monkeypatch):
    photo = np.random.default_rng(3).integers(0, 256, (*sides, 3), np.uint8)
    targets = [(288, 288), (512, 512), (224, 224), (288, 288), (96, 64)]
    alone = [squash(photo, *target) for target in targets]
    photo.flags.writeable = False
    reads = []
    real = cv2.resize

    def resize(picture, size, **how):
        reads.append(picture.shape[:2] if picture.size > 0.9 * photo.size else None)
        return real(picture, size, **how)

    monkeypatch.setattr(cv2, "resize", resize)
    for expected, target in zip(alone, targets, strict=True):
        assert np.array_equal(squash(photo, *target), expected)
    if min(sides) >= 1024:  # halved first: the whole photo is read once, for all targets
        assert len([one for one in reads if one]) == 1
