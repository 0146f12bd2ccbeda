"""Every reader of files that hairopt has, by name."""

from tools.fuzz.readers.datasets import CASES_CSV, DATASET_TOML, NOISE_CSV
from tools.fuzz.readers.golden import GOLDEN_MANIFEST, GOLDEN_PICTURE
from tools.fuzz.readers.networks import CONTRACT, MEDIAPIPE, ONNX, RECORD, TFLITE
from tools.fuzz.readers.pictures import MASK, PICTURE
from tools.fuzz.readers.runs import BASELINE, CASES_PARQUET, RUN_JSON, TIMINGS_PARQUET
from tools.fuzz.readers.settings import GATE_PYPROJECT, GATE_TOML, PRICES, VARIANT

READERS = {
    reader.name: reader
    for reader in (
        PICTURE, MASK, CASES_CSV, DATASET_TOML, NOISE_CSV, VARIANT, GATE_TOML, GATE_PYPROJECT,
        RUN_JSON, CASES_PARQUET, TIMINGS_PARQUET, BASELINE, GOLDEN_MANIFEST, GOLDEN_PICTURE,
        PRICES, CONTRACT, RECORD, TFLITE, MEDIAPIPE, ONNX,
    )
}  # fmt: skip
