"""``hairopt recolor`` through the real command."""

import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image

from hairopt.models.records import shipped_records
from hairopt.stages.expectation import find_expectation, keep_expectation
from tests.cli.conftest import environment


@pytest.fixture
def photo(dataset):
    return dataset / "images" / "first.jpg"


@pytest.mark.parametrize(
    ("name", "kind"), [("out.jpg", "JPEG"), ("out.png", "PNG"), ("out.webp", "WEBP")]
)
def test_the_ending_sets_the_format(hairopt, photo, tmp_path, name, kind):
    done = hairopt("recolor", photo, "-o", name, "--shade", "violet")

    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / name) as picture:
        assert (picture.format, picture.size) == (kind, (96, 96))


def test_explain_shows_photo_mask_and_result_side_by_side(hairopt, photo, tmp_path):
    arguments = ("recolor", photo, "--shade", "#7b2d8b", "--intensity", "80")
    assert hairopt(*arguments, "-o", "plain.png").returncode == 0
    assert hairopt(*arguments, "-o", "three.png", "--explain").returncode == 0

    plain = np.asarray(Image.open(tmp_path / "plain.png"))
    three = np.asarray(Image.open(tmp_path / "three.png"))
    mask = three[:, 104:200]
    assert three.shape == (96, 3 * 96 + 16, 3)
    assert np.array_equal(three[:, :96], np.asarray(Image.open(photo)))
    assert (mask[..., 0] == mask[..., 1]).all()
    assert (mask[..., 0] == mask[..., 2]).all()
    assert np.array_equal(three[:, 208:], plain)


def test_intensity_0_is_the_photo(hairopt, photo, tmp_path):
    assert hairopt("recolor", photo, "-o", "0.png", "--shade", "blue", "--intensity", 0)

    assert np.array_equal(np.asarray(Image.open(tmp_path / "0.png")), np.asarray(Image.open(photo)))


def test_a_bad_photo_is_named_and_nothing_is_written(hairopt, tmp_path):
    (tmp_path / "bad photo.jpg").write_bytes(b"\xff\xd8 not a picture")

    done = hairopt("recolor", "bad photo.jpg", "-o", "out.jpg", "--shade", "blue")

    assert done.returncode == 2
    assert "bad photo.jpg" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.jpg").exists()


def test_a_name_that_starts_with_a_dash(hairopt, photo, tmp_path):
    photo.rename(tmp_path / "-odd name.jpg")

    done = hairopt("recolor", "-o", "out.jpg", "--shade", "blue", "--", "-odd name.jpg")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("option", [("--intensity", "101"), ("--shade", "mauve")])
def test_wrong_values_are_refused(hairopt, photo, option):
    shade = () if option[0] == "--shade" else ("--shade", "blue")

    done = hairopt("recolor", photo, "-o", "out.jpg", *shade, *option)

    assert done.returncode == 2
    assert option[1] in done.stderr


@pytest.mark.parametrize("way", ["itself", "spelling", "symbolic link", "hard link"])
def test_the_photo_itself_is_never_written(hairopt, photo, tmp_path, way):
    before, out = photo.read_bytes(), tmp_path / "out.jpg"
    if way == "itself":
        out = photo
    elif way == "spelling":
        out = photo.parent / ".." / "images" / "first.jpg"
    elif way == "symbolic link":
        out.symlink_to(photo)
    else:
        out.hardlink_to(photo)

    done = hairopt("recolor", photo, "-o", out, "--shade", "blue")

    assert done.returncode == 2
    assert "itself; choose another file" in " ".join(done.stderr.split())
    assert photo.read_bytes() == before


def test_what_was_at_the_output_before_is_replaced(hairopt, photo, tmp_path):
    (tmp_path / "out.jpg").write_bytes(b"old")

    done = hairopt("recolor", photo, "-o", "out.jpg", "--shade", "blue")

    assert done.returncode == 0, done.stderr
    assert Image.open(tmp_path / "out.jpg").size == (96, 96)


def test_the_words_of_decoders_do_not_reach_stderr(hairopt, photo, tmp_path):
    """Extra bytes that libjpeg mentions, and damage that hairopt names in its own sentence."""
    whole = photo.read_bytes()
    photo.write_bytes(whole[:-2] + bytes(9) + whole[-2:])
    done = hairopt("recolor", photo, "-o", "out.jpg", "--shade", "blue")
    assert (done.returncode, done.stderr) == (0, "")

    photo.write_bytes(whole[: len(whole) // 2] + bytes(len(whole) // 2))
    done = hairopt("recolor", photo, "-o", "out.jpg", "--shade", "blue")
    assert done.returncode == 2
    assert "truncated or damaged (it ends before its picture does)" in " ".join(done.stderr.split())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of one program")
@pytest.mark.parametrize(("size", "kind"), [((10_000, 6000), "jpg"), ((7746, 7746), "png")])
def test_60_megapixels_are_dyed_within_1_gb(tmp_path, size, kind):
    small = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    large = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
    cv2.imwrite(str(tmp_path / f"photo.{kind}"), large, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    code = (
        "import sys; from hairopt.cli.app import main; from hairopt.measure import memory\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print('peak', memory.peak_mb())\n"
    )
    command = ["recolor", f"photo.{kind}", "-o", f"out.{kind}", "--shade", "violet"]
    done = subprocess.run(
        [sys.executable, "-c", code, *command],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(tmp_path),
        check=True,
    )
    assert float(done.stdout.split()[-1]) < 1000
    assert Image.open(tmp_path / f"out.{kind}").size == size


def test_no_hair_is_said_and_is_no_doubt(hairopt, tmp_path):
    Image.new("RGB", (96, 96), (170, 170, 175)).save(tmp_path / "grey.png")
    done = hairopt("recolor", "grey.png", "-o", "1.png", "--shade", "blue", "--strict")
    assert done.returncode == 0, done.stderr
    assert "no hair was found" in done.stdout
    assert (tmp_path / "1.png").exists()


def test_an_unsure_mask_is_said_and_refused_with_strict(hairopt, photo, tmp_path, monkeypatch):
    monkeypatch.setenv("HAIROPT_HOME", str(tmp_path / "store"))
    record = shipped_records()["hairnet"]
    found = find_expectation(record, "float32-288x288")
    hopeless = found.map.model_copy(update={"intercept": -4.0})
    keep_expectation(record, found.model_copy(update={"map": hopeless}))
    arguments = ("recolor", photo, "--shade", "blue", "-o", "0.png")
    refused = hairopt(*arguments, "--strict", COLUMNS="200")
    assert refused.returncode == 3
    assert "the mask is unsure: an IoU of 0.0" in refused.stderr
    assert not (tmp_path / "0.png").exists()
    done = hairopt(*arguments)
    assert done.returncode == 0
    assert "the mask is unsure" in done.stdout


def test_what_is_not_calibrated_is_refused_with_strict_only(hairopt, photo, tmp_path):
    sized = 'name = "sized"\nextends = "float32"\n[segment]\ninput_size = 160\n'
    (tmp_path / "sized.toml").write_text(sized)
    arguments = ("recolor", photo, "-o", "2.png", "--shade", "blue", "--variant", "sized.toml")
    refused = hairopt(*arguments, "--strict", COLUMNS="200")
    assert refused.returncode == 3
    assert "is not calibrated as float32-160x160" in refused.stderr
    assert hairopt(*arguments).returncode == 0
