"""What a large picture adds to the memory of a command, measured from outside."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest

from hairopt.images import decode_image, decode_levels
from tools.large_pictures.peaks import measure
from tools.large_pictures.pictures import ROOT, make_dataset

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells peaks")

PICTURE_MB = 3 * 12
"""Of 12 megapixels, decoded; a PNG of noise takes as much once more."""


def peak_mb(tmp_path, command: list[str]) -> float:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HAIROPT_HOME": str(tmp_path / "home")}
    program = [sys.executable, "-m", "hairopt", *command]
    done = measure(program, tmp_path, environment, tmp_path / "log")
    assert done.status == 0, done.words
    return done.largest_mb


@pytest.mark.parametrize(
    ("command", "most"),
    [
        ("recolor {photo} -o out.png --shade violet", 3.5),  # photo, dyed photo, answer
        ("dataset check {folder}", 4.2),  # file, photo, and the mask in float32 for a moment
    ],
)
def test_a_picture_is_in_memory_only_so_many_times(tmp_path, command, most):
    peaks = []
    for name, size_px in (("small", (400, 300)), ("large", (4000, 3000))):
        photo = make_dataset(tmp_path / name, "noise", size_px)
        asked = command.format(photo=photo, folder=tmp_path / name)
        peaks.append(peak_mb(tmp_path, asked.split()))
    assert peaks[1] - peaks[0] < most * PICTURE_MB


@pytest.mark.parametrize("kind", ["jpg", "png", "noise"])
def test_the_pictures_are_photos_with_masks(tmp_path, kind):
    photo = make_dataset(tmp_path, kind, (300, 200))
    assert decode_image(photo.read_bytes(), "a").shape == (200, 300, 3)
    levels = decode_levels((tmp_path / "masks" / "large.png").read_bytes(), "m")
    assert levels.shape == (200, 300)
    assert 0.02 < np.mean(levels / 255) < 0.6


def test_the_peak_is_that_of_every_process_of_the_command(tmp_path):
    child = "import sys; block = bytearray(b'x') * 150_000_000; sys.stdin.read()"
    code = (
        "import subprocess, sys, time\n"
        f"one = subprocess.Popen([sys.executable, '-c', {child!r}], stdin=subprocess.PIPE)\n"
        "time.sleep(1); one.communicate(); print('told')\n"
    )
    done = measure([sys.executable, "-c", code], tmp_path, dict(os.environ), tmp_path / "log")
    assert (done.status, done.words) == (0, "told")
    small, large = sorted(done.peak_mb.values())
    assert small < 60
    assert 150 < large < 200


def test_a_program_does_not_count_what_was_copied_of_its_parent(tmp_path):
    code = (
        "import os, sys, time\n"
        "block = bytearray(b'x') * 150_000_000\n"
        "if os.fork() == 0:\n"
        "    time.sleep(0.5)\n"
        "    asked = ['-m', 'timeit', '-n1', '-r1', 'import time; time.sleep(0.5)']\n"
        "    os.execv(sys.executable, [sys.executable, *asked])\n"
        "os.wait()\n"
    )
    done = measure([sys.executable, "-c", code], tmp_path, dict(os.environ), tmp_path / "log")
    assert done.largest_of("timeit") < 60
    assert done.largest_mb > 150
