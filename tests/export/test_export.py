import ast
import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image

from hairopt.cli.exit_codes import explain
from hairopt.errors import UnavailableError, UsageError
from hairopt.export.folder import export
from hairopt.pipeline import Pipeline
from hairopt.types import Shade
from hairopt.variants.load import load_variant
from tests.pictures import photo, saved

ELABORATE = """
name = "elaborate"
extends = "float32"
[decode]
reduce = 2
[segment]
runtime = "openvino"
input_size = 192
upsample = "guided"
threads = 2
[recolor]
method = "lab"
region = "image"
[recolor.options]
contrast = 1.3
[postprocess]
when = "edge_contrast < 60"
feather_at = "image"
feather_px = 3.5
[encode]
format = "webp"
quality = 70
"""
PLAIN = """
name = "plain"
extends = "tone"
[segment]
runtime = "litert"
input_size = 192
[postprocess]
when = "intensity >= 70"
anti_bleed = false
[encode]
format = "png"
[process]
keep_freed_memory = true
"""
ASKED = (("burgundy", 100.0), ("#d8b27a", 60.0), ("blue", 0.0))
FOREIGN = "import sys; sys.modules['hairopt'] = None; sys.path.insert(0, '.')\n"
ANSWERING = (
    FOREIGN
    + """
import json, pathlib
from tryon import TryOn
dye, out = TryOn(), pathlib.Path(sys.argv[1])
for photo in sorted(out.glob("*.photo")):
    for i, (shade, intensity) in enumerate(json.loads(sys.argv[2])):
        out.joinpath(f"{photo.stem}.{i}").write_bytes(dye(photo.read_bytes(), shade, intensity))
print(json.dumps(sorted(sys.modules)))
"""
)


def head(height=300, width=240):
    """A face under a cap of hair, with fine stripes."""
    noise = photo(max(height, width))[:height, :width].astype(float)
    y, x = np.mgrid[:height, :width]
    picture = np.full((height, width, 3), (150, 170, 190), float)
    hair = ((x / width - 0.5) / 0.36) ** 2 + ((y / height - 0.42) / 0.36) ** 2 < 1
    face = ((x / width - 0.5) / 0.2) ** 2 + ((y / height - 0.5) / 0.26) ** 2 < 1
    picture[hair] = (70, 45, 30)
    picture[hair] += 20 * np.sin(x / 3)[hair][:, None]
    picture[face] = (215, 170, 145)
    return np.clip(picture + noise / 16, 0, 255).astype(np.uint8)


def photos():
    """One of each kind that a customer sends."""
    exif = Image.Exif()
    exif[0x0112] = 6
    see_through = np.dstack([head(), np.tile(np.arange(240, dtype=np.uint8), (300, 1))])
    deep = np.dstack([head()[..., ::-1], see_through[..., 3]]).astype(np.uint16) * 257 + 100
    return {
        "jpeg": saved(head(), "JPEG", quality=90),
        "turned": saved(head(), "JPEG", exif=exif),
        "grey": saved(head(), "JPEG", mode="L"),
        "progressive": saved(head(601, 1103), "JPEG", progressive=True),
        "png": saved(head(299, 241), "PNG"),
        "palette": saved(head(), "PNG", mode="P"),
        "see_through": saved(see_through, "PNG"),
        "deep": cv2.imencode(".png", deep)[1].tobytes(),
        "webp": saved(head(), "WEBP", quality=80),
        "webp_see_through": saved(see_through, "WEBP", quality=80),
        "large": saved(head(1500, 1100), "JPEG", quality=85),
        "no_hair": saved(np.full((64, 64, 3), 128, np.uint8), "PNG"),
        "pixel": saved(np.full((1, 1, 3), 128, np.uint8), "PNG"),
        "line": saved(np.full((3, 900, 3), 60, np.uint8), "JPEG"),
    }


def variant(name, folder):
    text = {"elaborate": ELABORATE, "plain": PLAIN}.get(name)
    if text is None:
        return load_variant(name)
    path = folder / f"{name}.toml"
    path.write_text(text)
    return load_variant(str(path))


@pytest.fixture(scope="module", params=["int8", "fast", "elaborate", "plain"])
def exported(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    chosen = variant(request.param, folder)
    return chosen, export(chosen, folder / "out")


def run(code, folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, *arguments], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_answers_are_the_same_bytes_without_hairopt(exported, tmp_path):
    chosen, made = exported
    for name, data in photos().items():
        (tmp_path / f"{name}.photo").write_bytes(data)
    loaded = json.loads(run(ANSWERING, made.folder, str(tmp_path), json.dumps(ASKED)))
    roots = {name.partition(".")[0] for name in loaded}
    assert not roots & {"PIL", "pydantic", "scipy", "pandas", "onnx", "skimage", "matplotlib"}
    with Pipeline(chosen) as pipeline:
        for name, data in photos().items():
            for i, (shade, intensity) in enumerate(ASKED):
                wanted = pipeline.run(data, Shade.parse(shade), intensity).encoded
                assert (tmp_path / f"{name}.{i}").read_bytes() == wanted, (name, shade)


def test_its_own_test_passes_and_sees_a_changed_constant(exported, tmp_path):
    _, made = exported
    code = FOREIGN + "import unittest; unittest.main('test_tryon', argv=['t'])"
    run(code, made.folder)
    settings = made.folder / "tryon_parts" / "settings.py"
    before = settings.read_text()
    settings.write_text(before.replace("FEATHER_PX = ", "FEATHER_PX = 4 + "))
    try:
        with pytest.raises(AssertionError, match="levels apart on average"):
            run(code, made.folder)
    finally:
        settings.write_text(before)


def test_the_code_is_short_and_whole(exported):
    _, made = exported
    code = [made.folder / "tryon.py", *(made.folder / "tryon_parts").glob("*.py")]
    for path in code:
        text = path.read_text()
        assert len(text.splitlines()) < 300, path.name
        assert max(map(len, text.splitlines())) <= 100, path.name
        assert "hairopt." not in text.replace(f"hairopt {made.version}", "")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                assert node.name in "".join(other.read_text() for other in code)
    checked = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F", str(made.folder)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


def test_only_what_the_variant_needs_is_written(exported):
    chosen, made = exported
    text = "".join(path.read_text() for path in made.folder.glob("tryon*/**/*.py"))
    text += (made.folder / "tryon.py").read_text()
    assert ("limit_by_colour" in text) == (chosen.postprocess.anti_bleed is True)
    assert ("follow_edges" in text) == bool(chosen.postprocess.anti_bleed)
    assert ("upsample_guided" in text) == (chosen.segment.upsample == "guided")
    assert ("InferenceSession" in text) == (chosen.segment.runtime == "onnxruntime")
    assert ("def recolor_hsv" in text) == (chosen.recolor.method == "hsv")
    assert ("edge_contrast" in text) == ("edge_contrast" in chosen.postprocess.when)
    assert ("mallopt" in text) == chosen.process.keep_freed_memory


def test_onnxruntime_is_silenced_before_it_is_imported(tmp_path):
    made = export(load_variant("int8"), tmp_path / "out")
    text = (made.folder / "tryon_parts" / "network.py").read_text()
    assert text.index('ORT_DISABLE_TELEMETRY"] = "1"') < text.index("import onnxruntime")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"segment": {"runtime": "mediapipe"}}, "runtime litert runs the same file"),
        ({"recolor": {"method": "file:/x/my.py:dye"}}, "is code of yours"),
        ({"segment": {"method": "none"}}, "finds no hair"),
        ({"segment": {"method": "cascade"}}, "more than one network"),
        ({"postprocess": {"method": "matting"}}, "is a plug-in's"),
        ({"segment": {"runtime": "ncnn"}}, "is a plug-in's"),
        ({"segment": {"provider": "cuda"}}, "cpu is"),
    ],
)
def test_what_cannot_be_exported_says_why(tmp_path, changes, words):
    chosen = load_variant("float32")
    for table, values in changes.items():
        spec = getattr(chosen, table).model_copy(update=values)
        chosen = chosen.model_copy(update={table: spec})
    with pytest.raises(UnavailableError, match="cannot be exported") as error:
        export(chosen, tmp_path / "out")
    assert words in explain(error.value)
    assert not (tmp_path / "out").exists()


def test_other_files_are_never_replaced(tmp_path):
    chosen = load_variant("int8")
    (tmp_path / "notes.txt").write_text("mine")
    for replace in (False, True):
        with pytest.raises(UsageError, match=r"not empty|no exported variant"):
            export(chosen, tmp_path, replace=replace)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    export(chosen, tmp_path / "out")
    with pytest.raises(UsageError, match="--replace"):
        export(chosen, tmp_path / "out")
    export(chosen, tmp_path / "out", replace=True)


def test_the_licence_and_the_hash_are_told(exported):
    _, made = exported
    readme = (made.folder / "README.md").read_text()
    assert "Apache-2.0" in readme
    assert "@" not in "".join(line for line in readme.splitlines() if "`" not in line)
    assert len(readme.splitlines()) < 80
    requirements = (made.folder / "requirements.txt").read_text().split()
    assert len(requirements) == 3
    assert all("==" in line for line in requirements)


def test_the_service_answers_as_the_pipeline(tmp_path):
    pytest.importorskip("fastapi")
    made = export(load_variant("int8"), tmp_path / "out")
    code = (
        FOREIGN
        + """
import io, asyncio, json, pathlib
import fastapi, service
async def ask():
    async with service.loaded(service.app):
        case = json.loads(pathlib.Path("golden/golden.json").read_text())[0]
        golden = pathlib.Path("golden")
        sent = fastapi.UploadFile(io.BytesIO((golden / case["photo"]).read_bytes()))
        answer = service.try_on(sent, case["shade"], case["intensity"])
        assert answer.body == (golden / case["answer"]).read_bytes()
        try:
            service.try_on(fastapi.UploadFile(io.BytesIO(b"x")), "blue", 5)
        except fastapi.HTTPException as error:
            assert error.status_code == 422
asyncio.run(ask())
"""
    )
    run(code, made.folder)
