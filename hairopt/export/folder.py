"""Write the folder of an exported variant: code, network, requirements, test and examples."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import hairopt
from hairopt.datasets import load_dataset
from hairopt.datasets.combined import default_datasets
from hairopt.errors import UsageError
from hairopt.export.exportable import RUNTIMES, require_exportable
from hairopt.export.generate import generate
from hairopt.files.whole_folder import whole_folder
from hairopt.models.contract import ModelFile
from hairopt.pipeline import Pipeline
from hairopt.runtimes.onnx_resize import network_at
from hairopt.stages.encode import encode_jpeg
from hairopt.stages.recolor.tone.place import WEIGHTS
from hairopt.stages.segment import NetworkSegmenter
from hairopt.types import Shade
from hairopt.variants.load import dump_toml
from hairopt.variants.schema import Variant

_PHOTOS = ("wavy_red_front", "box_braids_black_three_quarter", "bald_front")
_ASKED = (("burgundy", 100.0), ("blond", 60.0), ("#2b4fb3", 10.0))
"""What the golden answers are of: photos of the shipped heads, shades and intensities."""

_FIXED = Path(__file__).parent / "fixed"
"""Files that are the same for every variant; ``{name}`` and other words in them are put in."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        folder: where.
        files: names in it, sorted.
        lines: lines of code of the pipeline, with comments.
        model_mb: size of the network's file.
        packages: what ``requirements.txt`` asks for.
        version: of the hairopt that wrote it.
    """

    folder: Path
    files: tuple[str, ...]
    lines: int
    model_mb: float
    packages: tuple[str, ...]
    version: str = hairopt.__version__


def export(variant: Variant, folder: Path, *, replace: bool = False) -> Exported:
    """Write a variant as code that runs without hairopt.

    Args:
        variant: the variant; its network is loaded, and run on three photos.
        folder: absent or empty, or to be replaced.
        replace: whether an existing folder that an export has written is replaced as a whole.

    Raises:
        UnavailableError: the variant cannot be exported, or not be run here; with the reasons.
        UsageError: the folder cannot be written, or holds something else.
    """
    require_exportable(variant)
    _require_free(folder, replace)
    with Pipeline(variant) as pipeline:
        files = _code_and_network(variant, pipeline) | _golden(pipeline)
    packages = _packages(variant)
    files["requirements.txt"] = "".join(f"{one}\n" for one in packages).encode()
    files["variant.toml"] = dump_toml(variant, folder).encode()
    code = [name for name in files if name == "tryon.py" or name.startswith("tryon_parts/")]
    lines = sum(files[name].count(b"\n") for name in code if name.endswith(".py"))
    files |= _fixed(variant, pipeline.model_file, files)
    try:
        with whole_folder(folder, replace=replace) as new:
            for name, data in files.items():
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                (new / name).write_bytes(data)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}") from error
    model = next(name for name in files if name.startswith("model."))
    return Exported(folder, tuple(sorted(files)), lines, len(files[model]) / 1e6, packages)


def _require_free(folder: Path, replace: bool) -> None:
    """Refuse a folder with other things in it.

    Raises:
        UsageError: it has some, or is a file.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(f"{folder} is a file; give the name of a folder")
    if not any(folder.iterdir()):
        return
    if not replace:
        raise UsageError(f"{folder} is not empty; give another folder, or --replace")
    if not (folder / "tryon.py").is_file() or not (folder / "variant.toml").is_file():
        raise UsageError(f"{folder} is no exported variant, so it is not replaced")


def _code_and_network(variant: Variant, pipeline: Pipeline) -> dict[str, bytes]:
    segmenter = pipeline.segmenter
    assert isinstance(segmenter, NetworkSegmenter)  # as require_exportable has seen
    file, settings = segmenter.model_file, segmenter.settings
    size, own = settings.input_size, file.contract.input
    if file.format == "onnx":
        network, resized = network_at(file, size), False
    else:
        network = str(file.path)
        resized = size is not None and (size, size) != (own.height, own.width)
    at_size = file.model_copy(update={"contract": file.contract.at(size)})
    name = f"model.{file.format}"
    code = generate(
        variant, at_size, settings, model=name, resized=resized, version=hairopt.__version__
    )
    files = {key: text.encode() for key, text in code.items()}
    files[name] = Path(network).read_bytes() if isinstance(network, str) else network
    if any("weights.npz" in text for text in code.values()):
        files[f"tryon_parts/{WEIGHTS.name}"] = WEIGHTS.read_bytes()
    return files


def _golden(pipeline: Pipeline) -> dict[str, bytes]:
    """Photos and what hairopt answers to them."""
    heads = next(path for path in default_datasets() if path.name == "rendered")
    cases = {case.name: case for case in load_dataset(heads).cases}
    files, listed = {}, []
    suffix = pipeline.variant.encode.format.removesuffix("444").replace("jpeg", "jpg")
    for name in _PHOTOS:
        photo = encode_jpeg(cases[name].read(with_dyed=False).image, 92)
        files[f"golden/{name}.jpg"] = photo
        segmented = pipeline.segment(photo)
        for shade, intensity in _ASKED:
            answer = f"{name}@{shade.strip('#')}-{intensity:g}.{suffix}"
            asked = pipeline.dye(segmented, Shade.parse(shade), intensity)
            files[f"golden/{answer}"] = asked.encoded
            listed.append(
                {"photo": f"{name}.jpg", "shade": shade, "intensity": intensity, "answer": answer}
            )
    files["golden/golden.json"] = json.dumps(listed, indent=1).encode() + b"\n"
    return files


def _packages(variant: Variant) -> tuple[str, ...]:
    """The versions of this environment; one OpenCV is as good as another of the same version."""
    import cv2

    opencv = next((found for name in _OPENCV if (found := _version(name))), cv2.__version__)
    names = ("numpy", *RUNTIMES[variant.segment.runtime])
    return (
        *(f"{name}=={found}" if (found := _version(name)) else name for name in names),
        f"opencv-python-headless=={opencv}",
    )


_OPENCV = (
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-python",
    "opencv-contrib-python-headless",
)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _fixed(variant: Variant, file: ModelFile | None, files: dict[str, bytes]) -> dict[str, bytes]:
    """Test, service and README."""
    assert file is not None
    model = next(name for name in files if name.startswith("model."))
    words = {
        "variant": variant.name,
        "summary": variant.summary.rstrip(".") or variant.name,
        "version": hairopt.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "packages": ", ".join(files["requirements.txt"].decode().split()),
        "model_file": model,
        "model": file.record.name,
        "model_mb": f"{len(files[model]) / 1e6:.2f}",
        "precision": file.precision,
        "derivation": file.derivation or "as it is in hairopt's store",
        "sha256": hashlib.sha256(files[model]).hexdigest(),
        "source_sha256": file.record.sha256,
        "licence": file.record.licence,
        "source": " ".join(file.record.source.split()).rstrip("."),
        "media": {"png": "image/png", "webp": "image/webp"}.get(
            variant.encode.format, "image/jpeg"
        ),
        "threads": str(variant.segment.threads),
    }
    made = {}
    for path in sorted(_FIXED.iterdir()):
        text = path.read_text(encoding="utf-8")
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        made[path.name.removesuffix(".txt")] = text.encode()
    return made
