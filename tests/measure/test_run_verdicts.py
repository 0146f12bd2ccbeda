"""The verdict on a precision: from this run's own pairs and cases, or none at all."""

import dataclasses

import pytest

from hairopt.measure.case_scorer import Scored
from hairopt.measure.form_verdict import FormVerdict
from hairopt.measure.lane import Lane
from hairopt.measure.messages import Timing
from hairopt.measure.run_model import ModelInfo, Run, VariantResult
from hairopt.measure.run_verdicts import with_verdicts
from hairopt.models.contract import OperatorCoverage
from hairopt.report.run.summary import verdict_sentences
from hairopt.types import Shade
from hairopt.variants.schema import SegmentSpec, Variant
from tests.report.made_up_run import make_run
from tests.report.made_up_run import variant as made_up

COVERAGE = OperatorCoverage(
    int8={"QLinearConv": 9}, float32={"Sigmoid": 1}, quantize_nodes=4, dequantize_nodes=8,
    conversions_left=2, fusions_lost=3,
)  # fmt: skip
IOUS = {"a": 0.8, "b": 0.6, "c": None}


def _lane(name, segment_ms, **segment):
    lane = Lane(Variant(name=name, segment=SegmentSpec(**segment)))
    lane.timings = {
        i: Timing(100.0, 90.0, {"segment": ms, "encode": 50.0}) for i, ms in enumerate(segment_ms)
    }
    return lane


def _scored(name, ious):
    return [
        Scored(name, case, case, 0, {}, Shade.parse("violet"), 80.0, {"iou": iou}, 1000)
        for case, iou in ious.items()
    ]


def _verdicts(*lanes, ious=None):
    model = ModelInfo(name="n", sha256="0", bytes=1, licence="MIT", coverage=COVERAGE)
    results = {
        lane.name: VariantResult(status=lane.status, error=None, spec={}, model=model)
        for lane in lanes
    }
    scored = [
        one for lane in lanes for one in _scored(lane.name, (ious or {}).get(lane.name, IOUS))
    ]
    found = with_verdicts(results, lanes, scored, 0)
    return {name: result.verdict for name, result in found.items() if result.verdict}


def test_speed_and_quality_come_from_the_rounds_and_cases_of_both():
    # Rounds 0..3 are common: 0.8, 0.8, 0.75 and 0.85 of the time.
    plain = _lane("float32", [10.0, 20.0, 40.0, 20.0, 99.0])
    int8 = _lane("int8", [8.0, 16.0, 30.0, 17.0], precision="int8")
    ious = {"int8": {"a": 0.4, "b": None, "d": 1.0}}

    (found,) = _verdicts(plain, int8, ious=ious).values()

    assert (found.against, found.segment_ratio.n) == ("float32", 4)
    assert found.segment_ratio.median == pytest.approx(0.8)
    assert found.iou_kept == pytest.approx(0.5)  # case a alone: 0.4 of 0.8
    assert found.sentence.startswith(
        "int8's network is 1.25 times faster: it takes 0.80 of float32"
    )
    assert "keeps 50.0 % of its IoU" in found.sentence
    assert "90 % of the operators run in 8 bits, 2 conversions remain" in found.sentence


def test_the_like_is_what_differs_in_precision_only_wherever_it_stands():
    threads = _lane("two-threads", [5.0] * 3, threads=2)
    int8 = _lane("int8", [8.0] * 3, precision="int8")
    plain = _lane("mine", [4.0] * 3, rewrite=True)
    own = _lane("rewritten-int8", [4.0] * 3, precision="int8", rewrite=True)
    bare = _lane("bare", [8.0] * 3)
    half = _lane("half", [4.0] * 3, precision="float16", input_size=128)

    found = _verdicts(threads, int8, plain, half, own)

    assert {name: verdict.against for name, verdict in found.items()} == {
        "int8": "mine", "rewritten-int8": "mine"
    }  # fmt: skip
    both = _verdicts(plain, bare, int8, own)
    assert (both["int8"].against, both["rewritten-int8"].against) == ("bare", "mine")
    assert "int8's network is slower: it takes 2.00 times mine's time" in found["int8"].sentence


def test_nothing_is_said_without_float32_without_rounds_or_of_a_lane_that_is_out():
    int8 = _lane("int8", [8.0] * 3, precision="int8")
    gone = _lane("float32", [10.0] * 3)
    gone.drop("failed", "it hung")
    assert not _verdicts(int8)
    assert not _verdicts(gone, int8)
    assert not _verdicts(_lane("float32", [10.0]), int8)  # one round has no interval


def test_where_float32_finds_no_hair_nothing_is_said_to_be_kept():
    plain, int8 = _lane("float32", [10.0] * 3), _lane("int8", [10.0] * 3, precision="int8")
    nothing = {"a": 0.0, "b": None}
    (found,) = _verdicts(plain, int8, ious={"float32": nothing, "int8": nothing}).values()
    assert found.iou_kept is None
    assert "neither proven faster nor slower" in found.sentence
    assert "keeps" not in found.sentence


@pytest.mark.parametrize(
    ("isa", "said"),
    [
        (("avx2",), "no instruction for sums of 8-bit products, and needs 7-bit weights"),
        (("avx2", "avx512_vnni"), "sums products of 8-bit numbers in one instruction"),
    ],
)
def test_the_reason_is_that_of_the_cpu_and_of_the_runtime(isa, said):
    verdict = FormVerdict("int8", "onnxruntime", 0.9, (0.8, 1.1), None, isa, COVERAGE)
    assert said in verdict.sentence
    other = dataclasses.replace(verdict, runtime="openvino")
    assert "as onnxruntime would run it" in other.sentence
    assert "7-bit" not in other.sentence


def test_a_run_keeps_its_verdicts_and_runs_of_before_have_none():
    plain, int8 = _lane("float32", [10.0] * 3), _lane("int8", [8.0] * 3, precision="int8")
    verdict = _verdicts(plain, int8)["int8"]
    told = made_up("int8", 80.0, 0.8) | {"verdict": verdict.model_dump(mode="json")}
    run = Run.model_validate(
        make_run({"float32": made_up("float32", 100.0, 0.8), "int8": told}).plain()
    )
    assert verdict_sentences(run) == [verdict.sentence]
    assert verdict_sentences(make_run({"int8": made_up("int8", 80.0, 0.8)})) == []
