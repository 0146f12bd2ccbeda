"""The public package hairtone as a plug-in, as docs/variants.md has it: equal to a direct call."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from hairopt.images import decode_image
from hairopt.stages.postprocess import plain
from hairopt.stages.recolor.load import load_recolorer
from hairopt.types import Box, Shade

pytest.importorskip("hairtone", reason="hairtone is not installed: pip install --no-deps hairtone")

ROOT = Path(__file__).parents[3]
HEAD = ROOT / "datasets" / "rendered" / "images" / "curly_brown_back.png"
MASK = ROOT / "datasets" / "rendered" / "masks" / "curly_brown_back.png"


@pytest.mark.parametrize("intensity", [35.0, 100.0])
def test_the_example_of_the_docs_gives_the_layer_of_a_direct_call(tmp_path, intensity):
    from hairtone import Preset
    from hairtone.recolor import recolor

    text = (ROOT / "docs" / "variants.md").read_text(encoding="utf-8")
    code = re.search(r"cat > hairtone_dye.py <<'PYTHON'\n(.*?)PYTHON\n", text, re.DOTALL)
    (tmp_path / "hairtone_dye.py").write_text(code[1])
    photo = decode_image(HEAD.read_bytes(), "photo")
    photo.flags.writeable = False
    mask = decode_image(MASK.read_bytes(), "mask")[::2, ::2, 0] / np.float32(255)
    shade, frame = Shade.parse("auburn"), Box.full(*photo.shape[:2])

    dye = load_recolorer(f"file:{tmp_path / 'hairtone_dye.py'}:dye", {})
    layer = dye.prepare(photo, mask, shade, intensity)(frame)

    lab = cv2.cvtColor(np.uint8([[[124, 58, 31]]]), cv2.COLOR_RGB2LAB)[0, 0]
    preset = Preset("auburn", "auburn", tuple(int(value) for value in lab), "#7c3a1f")
    bgr = np.ascontiguousarray(photo[..., ::-1])
    direct = recolor(bgr, plain(mask, photo, frame), preset, strength=intensity / 100)
    np.testing.assert_array_equal(layer, direct[..., ::-1])
    assert (layer != photo).any(axis=2).mean() > 0.1
