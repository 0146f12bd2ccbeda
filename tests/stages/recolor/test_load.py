"""Recolour methods of the user: both forms, their options, and what a wrong one answers."""

import textwrap

import numpy as np
import pytest

from hairopt.errors import ConfigError, HairoptError
from hairopt.stages.postprocess import plain
from hairopt.stages.recolor.hsv import recolor_hsv
from hairopt.stages.recolor.load import load_recolorer
from hairopt.types import Box, Shade

VIOLET = Shade.parse("violet")
FRAME = Box.full(40, 30)


def photo():
    pixels = np.random.default_rng(1).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    pixels.flags.writeable = False
    return pixels


def mask():
    return np.linspace(0, 1, 20 * 15, dtype=np.float32).reshape(20, 15)


def method(tmp_path, code):
    file = tmp_path / "my_recolor.py"
    file.write_text("import numpy as np\n" + textwrap.dedent(code))
    return f"file:{file}:dye"


def dyed(name, options=None, box=FRAME):
    return load_recolorer(name, options or {}).prepare(photo(), mask(), VIOLET, 70.0)(box)


def test_a_function_of_a_file_gives_the_layer_that_it_gives_when_called(tmp_path):
    """Reinhard's transfer in ten lines, as a team would write it."""
    code = """
    import cv2
    def dye(photo, mask, shade, intensity, contrast=1.0):
        lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB).astype(np.float32)
        wanted = cv2.cvtColor(np.uint8([[shade.rgb]]), cv2.COLOR_RGB2LAB)[0, 0]
        hair = lab[mask > 0.5]
        moved = (lab - hair.mean(axis=0)) * contrast + wanted
        lab += intensity / 100 * (moved - lab)
        return cv2.cvtColor(lab.clip(0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)
    """
    name = method(tmp_path, code)
    namespace: dict = {}
    exec(compile((tmp_path / "my_recolor.py").read_text(), "direct", "exec"), namespace)
    at_size = plain(mask(), photo(), FRAME)
    direct = namespace["dye"](photo(), at_size, VIOLET, 70.0, contrast=0.8)
    np.testing.assert_array_equal(dyed(name, {"contrast": 0.8}), direct)
    part = Box(3, 17, 5, 22)
    np.testing.assert_array_equal(dyed(name, {"contrast": 0.8}, part), direct[part.slices])
    assert (dyed(name) != direct).any()  # the option has an effect


def test_a_class_of_a_file_looks_at_the_photo_once_and_dyes_in_parts(tmp_path):
    code = """
    class dye:
        looks = 0
        def __init__(self, lift=0): self.lift = lift
        def prepare(self, photo, mask, shade, intensity):
            type(self).looks += 1
            mean = photo[::2, ::2][mask > 0.5].mean()
            return lambda box: np.full((box.bottom - box.top, box.right - box.left, 3),
                                       mean + self.lift, np.uint8)
    """
    recolorer = load_recolorer(method(tmp_path, code), {"lift": 3})
    dye = recolorer.prepare(photo(), mask(), VIOLET, 70.0)
    expected = int(photo()[::2, ::2][mask() > 0.5].mean() + 3)
    for box in (Box(0, 2, 0, 30), Box(7, 9, 1, 4)):
        assert set(dye(box).ravel()) == {expected}
    assert recolorer.recolorer.looks == 1


def test_the_built_in_one_gives_its_formula():
    np.testing.assert_array_equal(dyed("hsv"), recolor_hsv(photo(), VIOLET, 70.0))


SIMPLE = r"dye\(photo, mask, shade, intensity, \*\*options\)"


@pytest.mark.parametrize(
    ("code", "options", "message"),
    [
        ("def dye(image, shade, intensity): return image", {}, SIMPLE),
        ("def dye(photo, mask, shade, intensity): return photo", {"warmth": 1}, "'warmth'"),
        ("def dye(photo, mask, shade, intensity, warmth): return photo", {}, "'warmth'"),
        ("dye = 5", {}, "= 5; needed.*" + SIMPLE),
        ("class dye:\n    def prepare(self, *all): ...", {"warmth": 1}, "'warmth'"),
        (
            "class dye:\n def __init__(self, warmth=0): 1 / warmth\n prepare = 1",
            {"warmth": "a"},
            "options",
        ),
        ("raise RuntimeError('no licence')\ndef dye(): ...", {}, "RuntimeError: no licence"),
        ("import not_a_package\ndef dye(): ...", {}, "not_a_package"),
    ],
)
def test_a_method_that_cannot_be_called_is_refused_when_it_is_loaded(
    tmp_path, code, options, message
):
    with pytest.raises(ConfigError, match=message):
        load_recolorer(method(tmp_path, code), options)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("photo[:, :, 0]", r"uint8 \(40, 30\); needed is uint8 \(40, 30, 3\)"),
        ("photo[:20]", r"uint8 \(20, 30, 3\)"),
        ("photo / 255", "float64"),
        ("None", "NoneType"),
        ("np.dstack([photo, photo[:, :, :1]])", r"uint8 \(40, 30, 4\)"),
    ],
)
def test_a_layer_of_another_shape_or_dtype_is_refused(tmp_path, body, message):
    code = f"def dye(photo, mask, shade, intensity): return {body}"
    with pytest.raises(HairoptError, match=f"my_recolor.py:dye answered {message}"):
        dyed(method(tmp_path, code))
    parts = f"""
    class dye:
        def prepare(self, photo, mask, shade, intensity): return lambda box: {body}
    """
    with pytest.raises(HairoptError, match=f"my_recolor.py:dye answered {message}"):
        dyed(method(tmp_path, parts))


def test_neither_photo_nor_mask_can_be_written_to(tmp_path):
    for name in ("photo", "mask"):
        code = f"""
        def dye(photo, mask, shade, intensity):
            {name}[0, 0] = 0
            return photo
        """
        with pytest.raises(HairoptError, match=r"ValueError.*read-only"):
            dyed(method(tmp_path, code))


@pytest.mark.parametrize(
    ("name", "option", "message"),
    [("hsv", "warmth", r"known: none"), ("lab", "contrats", "did you mean contrast")],
)
def test_an_option_that_a_built_in_method_does_not_have_is_named(name, option, message):
    with pytest.raises(ConfigError, match=f"'{option}'.*{message}"):
        load_recolorer(name, {option: 1})
