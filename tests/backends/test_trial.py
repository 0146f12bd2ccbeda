"""``hairopt backend``: the files to start from, and one photo through a callable."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hairopt.backends.starter import KINDS, starter
from hairopt.variants.load import load_variant
from tests.cli.conftest import add_case
from tests.pictures import photo, saved


@pytest.mark.parametrize("kind", KINDS)
def test_every_starter_is_a_valid_variant(tmp_path, kind):
    file = tmp_path / "ours.toml"
    file.write_text(starter(kind, "ours"))
    variant = load_variant(str(file))
    assert (variant.name, variant.backend.kind) == ("ours", kind)


def test_one_photo_goes_through_a_callable_that_the_command_starts(tmp_path):
    (tmp_path / "theirs.py").write_text("def process(photo, shade, intensity): return photo\n")
    text = starter("python", "ours").replace("app.tryon:process", "theirs:process")
    (tmp_path / "ours.toml").write_text(text)
    (tmp_path / "photo.png").write_bytes(saved(photo(32), "PNG"))
    command = [sys.executable, "-m", "hairopt", "backend", "try", "ours.toml", "photo.png"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "theirs:process(<" in done.stdout
    assert "it is the photo unchanged" in done.stdout
    assert "region     The answers are the photo, unchanged: nothing was dyed." in done.stdout


CALL_IN_CALL = """
from hairopt.offline import guard
guard.refuse_internet(with_way_out=True)
inner = lambda: guard.run(lambda: "answered", with_network=True)
print(guard.run(inner, with_network=True))
"""


def test_a_call_outside_that_needs_another_does_not_wait_for_itself():
    done = subprocess.run(
        [sys.executable, "-c", CALL_IN_CALL], capture_output=True, text=True, timeout=30
    )
    assert done.stdout == "answered\n", done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["profile", "--variant", "ours.toml"],
        ["optimize", "--baseline", "ours.toml", "--budget", "5s"],
        ["recolor", "photo.png", "--variant", "ours.toml", "--shade", "pink", "-o", "x.png"],
        ["golden", "record", "set", "--dataset", ".", "--variant", "ours.toml"],
    ],
    ids=lambda command: command[0],
)
def test_a_command_that_needs_stages_refuses_a_back_end(tmp_path, command):
    add_case(tmp_path, "a", size=64)
    (tmp_path / "photo.png").write_bytes(saved(photo(32), "PNG"))
    (tmp_path / "ours.toml").write_text(starter("python", "ours"))
    done = subprocess.run(
        [sys.executable, "-m", "hairopt", *command],
        cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert "ours is a back-end, which has no stages" in " ".join(done.stderr.split())
