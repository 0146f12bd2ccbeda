"""Makes the binary and JSON files of the corpus: ``python -m tests.fuzz.make_corpus``.

TOML and CSV files of the corpus are written by hand.
"""

import hashlib
import io
import json
import os
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms

from hairopt.convert.tflite.from_onnx import tflite_bytes
from hairopt.golden.store import GoldenCase, GoldenFile, Manifest
from hairopt.models.add import add
from hairopt.models.contract import Contract
from hairopt.models.store import record_path
from hairopt.variants.schema import Variant
from tests.convert.own_network import SIDE, TOML, own_network
from tests.convert.tiny_tflite import Network
from tests.gate.snapshots import snapshot
from tests.pictures import photo, png_chunk, saved
from tests.report.made_up_run import absent, make_run, rows, variant
from tools.fuzz.reader import CORPUS

PHOTO = photo(24)
CONTRACT = Contract.model_validate(
    {
        "input": {"name": "x", "layout": "NCHW", "height": SIDE, "width": SIDE},
        "output": {"name": "y", "layout": "NCHW", "kind": "logits"},
    }
)
CONVOLUTION = [(0, "Int8", 0), (1, "Int32", 1), (2, "Int32", 1)]


def profile(space: str) -> bytes:
    """An ICC profile of no particular day, so that the same corpus is made each time."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()
    return made[:24] + bytes(12) + made[36:]


SRGB, XYZ = profile("sRGB"), profile("XYZ")


def soft_mask() -> np.ndarray:
    rows, columns = np.mgrid[:24, :24]
    distance = np.hypot(rows - 12, columns - 12)
    return np.clip((9 - distance) * 64 + 128, 0, 255).astype(np.uint8)


def exif(orientation: int) -> bytes:
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


def cv2_png(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


def with_chunk(png: bytes, kind: bytes, body: bytes) -> bytes:
    """The PNG with another chunk behind its header."""
    return png[:33] + png_chunk(kind, body) + png[33:]


def pictures() -> dict[str, bytes]:
    plain = saved(PHOTO, "PNG")
    grey16 = PHOTO[..., 0].astype(np.uint16) * 257
    rgba = np.dstack([PHOTO, soft_mask()])
    return {
        "rgb.jpg": saved(PHOTO, "JPEG", quality=90),
        "turned.jpg": saved(PHOTO, "JPEG", exif=exif(6)),
        "progressive.jpg": saved(PHOTO, "JPEG", progressive=True, subsampling=2),
        "grey.jpg": saved(PHOTO, "JPEG", mode="L"),
        "cmyk.jpg": saved(PHOTO, "JPEG", mode="CMYK"),
        "profile.jpg": saved(PHOTO, "JPEG", icc_profile=SRGB),
        "xyz.jpg": saved(PHOTO, "JPEG", icc_profile=XYZ),
        "rgb.png": plain,
        "palette.png": saved(PHOTO, "PNG", mode="P"),
        "grey.png": saved(PHOTO, "PNG", mode="L"),
        "one-bit.png": saved(PHOTO, "PNG", mode="1"),
        "rgba.png": saved(rgba, "PNG"),
        "grey16.png": cv2_png(grey16),
        "rgb16.png": cv2_png(np.dstack([grey16] * 3)),
        "rgba16.png": cv2_png(np.dstack([grey16] * 4)),
        "profile.png": saved(PHOTO, "PNG", icc_profile=SRGB),
        "xyz.png": saved(PHOTO, "PNG", icc_profile=XYZ),
        "turned.png": saved(PHOTO, "PNG", exif=exif(8)),
        "gama.png": with_chunk(plain, b"gAMA", (100_000).to_bytes(4, "big")),
        "cicp.png": with_chunk(plain, b"cICP", bytes([9, 16, 0, 1])),
        "lossy.webp": saved(PHOTO, "WEBP", quality=60),
        "lossless.webp": saved(rgba, "WEBP", lossless=True),
        "profile.webp": saved(PHOTO, "WEBP", icc_profile=SRGB, exif=exif(3)),
    }


def masks() -> dict[str, bytes]:
    soft = soft_mask()
    hard = np.where(soft > 127, 255, 0).astype(np.uint8)
    return {
        "soft.png": saved(soft, "PNG"),
        "hard.png": saved(hard, "PNG"),
        "one-bit.png": saved(hard, "PNG", mode="1"),
        "rgb.png": saved(soft, "PNG", mode="RGB"),
        "palette.png": saved(soft, "PNG", mode="P"),
        "noisy.jpg": saved(hard, "JPEG", quality=80),
        "classes.png": saved((hard // 255).astype(np.uint8), "PNG"),
        "sixteen.png": cv2_png(soft.astype(np.uint16) * 257),
        "transparent.png": saved(np.dstack([hard, hard, hard, soft]), "PNG"),
        "turned.png": saved(hard, "PNG", exif=exif(6)),
        "lossless.webp": saved(soft, "WEBP", mode="RGB", lossless=True),
    }


def runs() -> dict[str, dict[str, bytes]]:
    measured = {
        "float32": variant("float32", 50.0, 0.9),
        "int8": variant("int8", 40.0, 0.88, ratio=(0.8, 0.78, 0.82), retention=0.97),
        "gone": absent(fix="hairopt models pull mediapipe-hair"),
        "broken": absent("failed", "it ended with signal 11"),
    }
    run = make_run(measured).plain()
    floor = {"floor_de00": 1.2, "floor_ci95": [1.0, 1.4], "n": 3, "noise_de00": 0.4, "n_noise": 2}
    null = make_run({"float32": measured["float32"]}, noise_floor=0.02, redye=floor).plain()
    null["protocol"]["null"] = True
    cases = io.BytesIO()
    rows().assign(**{"tag.length": "long", "shade_name": "violet", "output_bytes": 9e4}).to_parquet(
        cases, index=False
    )
    bare = io.BytesIO()
    rows().to_parquet(bare, index=False)
    stored = snapshot(ious=[0.5 + i / 40 for i in range(12)])
    return {
        "run-json": {"plain.json": dumped(run), "null.json": dumped(null)},
        "cases-parquet": {"plain.parquet": cases.getvalue(), "bare.parquet": bare.getvalue()},
        "timings-parquet": {"plain.parquet": timings()},
        "baseline": {"plain.json": stored.to_json().encode()},
    }


def timings() -> bytes:
    import pandas as pd

    stages = ("total", "decode", "segment", "recolor", "postprocess", "encode")
    frame = pd.DataFrame(
        [
            {
                "variant": name,
                "round": turn,
                "case": "a",
                "shade": "#7b2d8b",
                "intensity": 40.0 + 30 * (turn % 2),
                "cpu_ms": 7.5,
                **{f"{stage}_ms": 8.0 + turn for stage in stages},
            }
            for name in ("float32", "int8")
            for turn in range(12)
        ]
    )
    file = io.BytesIO()
    frame.to_parquet(file, index=False)
    return file.getvalue()


def dumped(content: dict) -> bytes:
    return json.dumps(content, indent=1, ensure_ascii=False).encode()


def golden() -> dict[str, dict[str, bytes]]:
    files = {
        "mask.png": cv2_png(soft_mask().astype(np.uint16) * 257),
        "answer.jpeg": saved(PHOTO, "JPEG"),
        "answer.png": saved(PHOTO, "PNG"),
    }
    mask, answer = (
        GoldenFile(path=f"cases/00001/{name}", sha256=hashlib.sha256(files[name]).hexdigest())
        for name in ("mask.png", "answer.jpeg")
    )
    manifest = Manifest(
        created_utc="2026-01-01T12:00:00Z", hairopt_version="0.1.0",
        variant=Variant(name="float32"), model="hairnet", model_sha256="ab" * 32,
        dataset="heads", dataset_path="heads",
        dataset_fingerprint="cd" * 32, isa=["avx2"], shade="#7b2d8b", shade_name="violet",
        intensity=70.0, cases={"a": GoldenCase(mask=mask, answer=answer)},
    )  # fmt: skip
    plain = manifest.model_dump(mode="json", by_alias=True)
    return {"golden-picture": files, "golden-manifest": {"plain.json": dumped(plain)}}


def networks() -> dict[str, dict[str, bytes]]:
    return {
        "onnx": {
            "own.onnx": own_network().SerializeToString(),
            "sigmoid.onnx": own_network(middle="Sigmoid").SerializeToString(),
        },
        "tflite": {
            "own.tflite": tflite(),
            "int8.tflite": int8_tflite(),
            "pooled.tflite": pooled_tflite(),
        },
        "mediapipe": {"own.tflite": tflite_bytes(own_network(), "own", "MIT", CONTRACT)},
        "model-record": {"added.toml": record(own_network().SerializeToString())},
    }


def tflite() -> bytes:
    rng = np.random.default_rng(1)
    net = Network()
    photo_in = net.tensor(1, 16, 16, 3)
    weights = net.constant(rng.normal(size=(1, 3, 3, 3)).astype(np.float32))
    bias = net.constant(np.zeros(1, np.float32))
    raw = net.tensor(1, 16, 16, 1)
    net.operator("CONV_2D", [photo_in, weights, bias], [raw], CONVOLUTION)
    net.operator("LOGISTIC", [raw], [net.tensor(1, 16, 16, 1)])
    return net.write()


def int8_tflite() -> bytes:
    net = Network()
    photo_in = net.tensor(1, 16, 16, 3, dtype="int8", scale=1 / 255)
    weights = net.constant(np.ones((1, 3, 3, 3), np.int8))
    bias = net.constant(np.zeros(1, np.int32))
    net.scales[weights], net.scales[bias] = 0.01, 0.01 / 255
    raw = net.tensor(1, 16, 16, 1, dtype="int8", scale=1 / 20)
    net.operator("CONV_2D", [photo_in, weights, bias], [raw], CONVOLUTION)
    net.operator("LOGISTIC", [raw], [net.tensor(1, 16, 16, 1, dtype="int8", scale=1 / 256)])
    return net.write()


def pooled_tflite() -> bytes:
    net = Network()
    photo_in = net.tensor(1, 16, 16, 3)
    small = net.tensor(1, 8, 8, 3)
    pool = [(0, "Int8", 0), (1, "Int32", 2), (2, "Int32", 2), (3, "Int32", 2), (4, "Int32", 2)]
    net.operator("MAX_POOL_2D", [photo_in], [small], pool)
    size = net.constant(np.array([16, 16], np.int32))
    large = net.tensor(1, 16, 16, 3)
    net.operator("RESIZE_BILINEAR", [small, size], [large], [(2, "Bool", False)])
    net.operator("SOFTMAX", [large], [net.tensor(1, 16, 16, 3)], [(0, "Float32", 1.0)])
    return net.write()


def record(network: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as home:
        os.environ["HAIROPT_HOME"] = home
        file = Path(home) / "mine.onnx"
        file.write_bytes(network)
        file.with_suffix(".toml").write_text(TOML)
        add(file)
        return record_path("mine").read_bytes()


def main() -> None:
    made: dict[str, dict] = {"picture": pictures(), "mask": masks()}
    for more in (runs(), golden(), networks()):
        made |= more
    for name, files in made.items():
        (CORPUS / name).mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (CORPUS / name / file).write_bytes(content)


if __name__ == "__main__":
    main()
