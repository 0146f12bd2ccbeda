"""What cannot be judged, or is no picture of a customer's head, never passes, and is told why."""

import inspect
import json
import os
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from hairopt.api.compare import compare
from hairopt.cli.exit_codes import exit_code
from hairopt.datasets import load_dataset
from hairopt.errors import DataError, HairoptError, NotComparableError, RegressionError
from hairopt.measure.bench import run_bench
from hairopt.measure.plan import BenchPlan
from hairopt.metrics.case import required_number
from hairopt.report.comparison.html import comparison_html
from hairopt.report.comparison.refusal import Refusal, refusal_html, refusal_text
from hairopt.report.comparison.render import comparison_text
from hairopt.stages import STAGES
from hairopt.types import Shade
from hairopt.variants.schema import EncodeSpec, PostprocessSpec, SegmentSpec, Variant
from tests.cli.conftest import COMMAND, environment
from tests.gate import bad_stages
from tests.gate.photos import add_photo
from tests.plugins import install_plugin
from tests.report.html_page import Page
from tests.report.test_gate_formats import check_junit

PHOTOS = 8
SEGMENTERS = ("dark", "nan", "layers", "bytes_", "levels", "empty", "crashes", "picky")
ENCODERS = ("half_size", "one_pixel", "floats", "nothing", "array", "grey", "clear",
            "another_photo")  # fmt: skip
ALPHAS = ("nan_alpha", "strong_alpha", "thick_alpha", "no_alpha")


def variants():
    dark = SegmentSpec(method="dark")
    for name in SEGMENTERS:
        yield Variant(name=name.strip("_"), segment=SegmentSpec(method=name))
    for name in ENCODERS:
        yield Variant(name=name, segment=dark, encode=EncodeSpec(format=name))
    for name in ALPHAS:
        yield Variant(name=name, segment=dark, postprocess=PostprocessSpec(method=name))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The plug-in, installed for this process and for the workers."""
    folder = tmp_path_factory.mktemp("site")
    names = [
        f"{stage}.{name}"
        for stage, methods in (
            ("segment", SEGMENTERS),
            ("encode", ENCODERS),
            ("postprocess", ALPHAS),
        )
        for name in methods
    ]
    points = [f"{name} = bad_stages:{name.partition('.')[2]}" for name in names]
    install_plugin(folder, "bad_stages", inspect.getsource(bad_stages), "hairopt.stages", points)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        # This process may have read the plug-ins before, and must not keep these.
        patch.setattr(STAGES, "_entries", dict(STAGES._entries))
        patch.setattr(STAGES, "_plugins_seen", True)
        for name in names:
            STAGES.register(name, f"bad_stages:{name.partition('.')[2]}", "bad-stages")
        yield folder


@pytest.fixture(scope="module")
def run(site, tmp_path_factory):
    """All bad variants beside a good one, measured in one run."""
    root = tmp_path_factory.mktemp("bad")
    for number in range(PHOTOS):
        add_photo(root / "photos", f"p{number}", number)
    plan = BenchPlan(
        tuple(variants()),
        load_dataset(root / "photos"),
        root / "reports",
        rounds=2,
        warmup=0,
        shades=(Shade.parse("violet"),),
        timeout_s=60.0,
        rehearse=False,
    )
    return plan.out / run_bench(plan).id


@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        ("nan", "segment.method nan answered NaN; needed are values in [0, 1]"),
        ("layers", "segment.method layers answered float32 (96, 96, 3); needed is float32 (h, w)"),
        ("bytes", "segment.method bytes_ answered uint8 (96, 96); needed is float32 (h, w)"),
        ("levels", "segment.method levels answered values from 0 to 255; needed are values in"),
        ("crashes", "ended with exit status 3 while"),
        ("half_size", "the encoder answered a picture of 48 x 48 px for one of 96 x"),
        ("one_pixel", "the encoder answered a picture of 1 x 1 px for one of 96 x 96"),
        ("floats", "the encoded answer cannot be used: it is a TIFF file"),
        ("nothing", "encode.format nothing answered no bytes at all"),
        ("array", "encode.format array answered a ndarray; needed are the bytes of a picture file"),
        ("nan_alpha", "the stage postprocess answered NaN; needed are values in [0, 1]"),
        ("strong_alpha", "the stage postprocess answered values from 4 to 4; needed are values"),
        ("thick_alpha", "postprocess.method thick_alpha answered float32 (6"),
        ("no_alpha", "postprocess.method no_alpha answered a NoneType; needed is float32"),
    ],
)
def test_a_candidate_without_usable_answers_is_a_regression_that_says_why(run, candidate, words):
    with pytest.raises(RegressionError) as refused:
        compare(f"{run}:dark", f"{run}:{candidate}")
    assert words in str(refused.value)
    assert exit_code(refused.value) == 1
    with pytest.raises(NotComparableError):  # and it is no baseline either
        compare(f"{run}:{candidate}", f"{run}:dark")


def test_cases_without_an_answer_fail_by_name(run):
    found = compare(f"{run}:dark", f"{run}:picky")
    assert found.outcome == "fail"
    (rule,) = (rule for rule in found.rules if rule.rule == "failures")
    assert rule.measured > 0
    assert "p7" in rule.note
    with pytest.raises(NotComparableError, match=r"cases without an answer.*p7"):
        compare(f"{run}:picky", f"{run}:dark")


def test_empty_masks_fail_as_a_candidate_and_are_nothing_to_compare_with(run):
    assert compare(f"{run}:dark", f"{run}:empty").outcome == "fail"
    with pytest.raises(NotComparableError, match="undefined or zero in every case"):
        compare(f"{run}:empty", f"{run}:dark")


@pytest.mark.parametrize("candidate", ["grey", "clear", "another_photo"])
def test_an_answer_that_is_another_picture_fails(run, candidate):
    assert compare(f"{run}:dark", f"{run}:{candidate}").outcome == "fail"


def test_a_measurement_against_itself_passes_and_says_what_that_does_not_show(run):
    found = compare(f"{run}:dark", f"{run}:dark")
    assert found.outcome == "pass"
    (note,) = found._judgement.notes
    assert "change outside the variant" in note
    assert not compare(f"{run}:dark", f"{run}:grey")._judgement.notes


@pytest.fixture(scope="module")
def few(site, tmp_path_factory):
    """Runs on one photo, on two, and on eight copies of one."""
    root = tmp_path_factory.mktemp("few")
    for name, seeds in (("one", [0]), ("two", [0, 1]), ("copies", [0] * 8)):
        for number, seed in enumerate(seeds):
            add_photo(root / name, f"p{number}", seed)
    return root


@pytest.mark.parametrize(
    ("name", "words"),
    [("one", "1 source"), ("two", "2 source"), ("copies", "1 source")],
)
def test_few_photos_prove_nothing_however_often_they_are_copied(few, name, words, monkeypatch):
    monkeypatch.chdir(few)
    for number, quality in enumerate((90, 91)):
        text = f'name = "q{number}"\n[segment]\nmethod = "dark"\n[encode]\nquality = {quality}\n'
        (few / f"q{number}.toml").write_text(text)
    found = compare("q0.toml", "q1.toml", dataset=name, rounds=1)
    assert found.outcome == "inconclusive"
    assert words in " ".join(rule.note for rule in found.rules)


def test_photos_without_hair_are_nothing_to_compare_with(few, monkeypatch):
    monkeypatch.chdir(few)
    for number in range(2):
        add_photo(few / "bald", f"p{number}", number)
        Image.new("L", (96, 96)).save(few / "bald" / "masks" / f"p{number}.png")
    for name, method in (("bald0", "empty"), ("bald1", "dark")):
        text = f'name = "{name}"\n[segment]\nmethod = "{method}"\n'
        (few / f"{name}.toml").write_text(text)
    with pytest.raises(NotComparableError, match="undefined or zero in every case"):
        compare("bald0.toml", "bald1.toml", dataset="bald", rounds=1)


def test_a_dataset_without_cases_is_refused(tmp_path):
    for part in ("images", "masks"):
        (tmp_path / "none" / part).mkdir(parents=True)
    with pytest.raises(DataError, match="holds no photo"):
        compare("float32", "int8", dataset=tmp_path / "none", out=tmp_path)


def test_sides_that_are_not_available_are_named(few, monkeypatch):
    monkeypatch.chdir(few)
    monkeypatch.setenv("HAIROPT_HOME", str(few / "home"))
    for name in ("a", "b"):
        text = f'name = "{name}"\n[segment]\nmodel = "mediapipe-hair"\nprecision = "{{}}"\n'
        (few / f"{name}.toml").write_text(text.format({"a": "float32", "b": "float16"}[name]))
    with pytest.raises(NotComparableError, match=r"a could not be measured here.*models pull"):
        compare("a.toml", "b.toml", dataset="one", rounds=1)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_truncated_table_of_cases_is_refused_by_name(run, tmp_path, share):
    copy = shutil.copytree(run, tmp_path / "copy")
    table = copy / "cases.parquet"
    table.write_bytes(table.read_bytes()[: int(share * table.stat().st_size)])
    with pytest.raises(NotComparableError, match=r"cases\.parquet"):
        compare(f"{copy}:dark", f"{copy}:empty")


METRIC = """
from hairopt.metrics.catalog import Metric

def score(case, **_):
    return float("nan")

broken = Metric("broken", "ratio", True, 0.0, 1.0, "mask", "a number that is none", score=score)
"""


def test_a_metric_that_answers_nan_is_no_score(few, tmp_path):
    install_plugin(
        tmp_path / "site", "broken_metric", METRIC, "hairopt.metrics",
        ["broken = broken_metric:broken"],
    )  # fmt: skip
    path = os.pathsep.join([str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [COMMAND, "compare", "float32", "int8", "--dataset", few / "two", "--rounds", "1",
         "--format", "json"],
        cwd=tmp_path, env=environment(tmp_path, PYTHONPATH=path), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    told = json.loads(done.stdout)
    assert told["verdict"] == "NOT COMPARABLE"
    assert "the baseline cannot be measured" in told["sentence"]
    assert "metric broken answered nan; needed is a finite number, or None" in told["sentence"]


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), "0.5", [0.5], np.float64("nan")])
def test_a_score_is_a_finite_number_or_undefined(value):
    assert required_number("own", None) is None
    assert required_number("own", np.float32(0.5)) == 0.5
    with pytest.raises(HairoptError, match="metric own answered"):
        required_number("own", value)


FORMATS = ["json", "markdown", "junit", "github"]
HOSTILE = "<script>x</script> ]]> `a` | ::error::y\n::set-output name=x::y\x1b[31m"


@pytest.mark.parametrize(
    ("error", "verdict", "code"),
    [
        (NotComparableError(f"another dataset {HOSTILE}"), "NOT COMPARABLE", 4),
        (RegressionError(f"it crashed {HOSTILE}"), "FAIL", 1),
        (DataError(f"a file is damaged {HOSTILE}"), "ERROR", 2),
    ],
    ids=["not comparable", "crashed", "damaged"],
)
def test_a_refusal_is_valid_in_every_format_and_never_a_pass(error, verdict, code):
    refusal = Refusal(error, code, "2026-01-31T23:59:59Z", "hairopt gate")
    texts = {name: refusal_text(refusal, name) for name in FORMATS} | {
        "html": refusal_html(refusal)
    }
    first_words = " ".join(str(error).split()[:2])
    for text in texts.values():
        assert first_words in text
        assert "PASS" not in text
        assert "\x1b" not in text
        assert not [line for line in text.splitlines() if line.startswith("::set-output")]
    told = json.loads(texts["json"])
    assert (told["verdict"], told["exit_code"]) == (verdict, code)
    (case,) = check_junit(texts["junit"]).findall(".//testcase")
    assert [child.tag for child in case] == ["failure" if code == 1 else "error"]
    assert texts["github"].startswith("::error title=hairopt::")
    assert "script" not in Page(texts["html"]).tags


def test_the_reasons_of_a_verdict_are_in_every_format(run):
    found = compare(f"{run}:dark", f"{run}:picky")._judgement
    texts = [comparison_text(found, name) for name in FORMATS] + [comparison_html(found, "")]
    for text in texts:
        assert "p7" in text
        assert "picky must not replace dark" in text
    same = compare(f"{run}:dark", f"{run}:dark")._judgement
    for text in [comparison_text(same, name) for name in FORMATS] + [comparison_html(same, "")]:
        assert "change outside the variant" in " ".join(text.split())


@pytest.mark.parametrize("output", ["text", *FORMATS])
def test_the_command_tells_a_refusal_in_the_format_that_was_asked_for(output, tmp_path):

    for part in ("images", "masks"):
        (tmp_path / "none" / part).mkdir(parents=True)
    summary = tmp_path / "summary.md"
    done = subprocess.run(
        [COMMAND, "compare", "float32", "int8", "--dataset", "none", "--format", output,
         "--report", "page.html"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env=environment(tmp_path, GITHUB_STEP_SUMMARY=str(summary)),
    )  # fmt: skip
    assert done.returncode == 2
    assert "holds no photo" in done.stderr
    assert "holds no photo" in (tmp_path / "page.html").read_text()
    if output == "text":
        assert done.stdout == ""
    else:
        assert "holds no photo" in done.stdout
    assert summary.exists() == (output == "github")
