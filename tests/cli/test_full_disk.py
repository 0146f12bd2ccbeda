"""A disk without room: a plain sentence, nothing half-written, and what was there still there."""

import resource
import subprocess

import pytest
from PIL import Image

from hairopt.gate.stored import load_baseline, save_baseline
from tests.cli.conftest import COMMAND, environment
from tests.gate.snapshots import snapshot
from tests.models.conftest import tiny_onnx  # noqa: F401 - a fixture

ROOM = 512
"""Bytes that a file may have: less than anything worth writing, more than an answer."""


def without_room(arguments, tmp_path):
    """Run a command none of whose files can become larger; elsewhere ENOSPC, here EFBIG."""
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(tmp_path),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM)),
        timeout=120,
        check=False,
    )


def everything(tmp_path):
    """Every file of the folder but the store's caches, with its content."""
    return {
        str(path.relative_to(tmp_path)): path.read_bytes()
        for path in sorted(tmp_path.rglob("*"))
        if path.is_file() and "cache" not in path.parts
    }


COMMANDS = {
    "recolor": ["recolor", "data/images/first.jpg", "-o", "x.png", "--shade", "violet"],
    "golden": ["golden", "record", "gold", "--variant", "float32", "--dataset", "data"],
    "resize": ["dataset", "resize", "gold", "--side", "64", "--dataset", "data"],
    "promote": ["baseline", "promote", "next", "release"],
    "profile": ["profile", "--photo", "data/images/first.jpg", "--requests", "1", "--out", "gold"],
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_half_written(dataset, tmp_path, command):
    Image.new("RGB", (8, 8)).save(tmp_path / "x.png")
    for name, variant in (("next", "int8"), ("release", "float32")):
        save_baseline(tmp_path / "baselines", name, snapshot(variant))
    before = everything(tmp_path)
    done = without_room(COMMANDS[command], tmp_path)
    assert done.returncode == 2
    *findings, said = done.stderr.splitlines()
    assert all(line.startswith("warning: ") for line in findings), findings
    assert said.startswith("error: ")
    assert "File too large" in said
    assert ".partial-" not in said
    assert everything(tmp_path) == before
    assert load_baseline(tmp_path / "baselines", "release").variant == "float32"


def test_a_model_is_added_or_not_there(dataset, tmp_path, tiny_onnx, hairopt):  # noqa: F811
    asked = ["models", "add", tiny_onnx(channels=40), "--licence", "MIT"]
    done = without_room([*asked, "--output", "kind=logits", "--output", "hair=1"], tmp_path)
    assert done.returncode == 2
    assert "cannot be written: File too large; set HAIROPT_HOME" in done.stderr
    assert list((tmp_path / "store" / "models").iterdir()) == []
