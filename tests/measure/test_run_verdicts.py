"""The verdict on a precision: from this run's own pairs and cases, or none at all."""

import pytest

from hairopt.measure.case_scorer import Scored
from hairopt.measure.form_verdict import FormVerdict
from hairopt.measure.lane import Lane, Timed
from hairopt.measure.messages import Timing
from hairopt.measure.process import WorkerLostError
from hairopt.measure.run_model import ModelInfo, Run, VariantResult
from hairopt.measure.run_verdicts import explain, with_verdicts
from hairopt.report.run.summary import verdict_sentences
from hairopt.runtimes.execution import Execution
from hairopt.types import Shade
from hairopt.variants.schema import SegmentSpec, Variant
from tests.report.made_up_run import make_run
from tests.report.made_up_run import variant as made_up

IN_8_BITS = Execution(
    observed="ran",
    operators={"float32": {"Sigmoid": 1}, "int8": {"QLinearConv": 8, "QLinearAdd": 1}},
    conversions={"QuantizeLinear": 1, "DequantizeLinear": 1},
)
PLAIN = Execution(observed="ran", operators={"float32": {"Conv": 8}}, conversions={})
IOUS = {"a": 0.8, "b": 0.6, "c": None}


def _lane(name, segment_ms, starts=6, **segment):
    """A lane that takes the same times in every start."""
    lane = Lane(Variant(name=name, segment=SegmentSpec(**segment)))
    asked = "a", Shade.parse("violet"), 70.0
    lane.timed = [
        Timed(regime, start, start, 10 * start + i, *asked,
              Timing(100.0, 90.0, {"segment": ms * factor, "encode": 50.0}))
        for start in range(starts)
        for regime, factor in (("back to back", 1.0), ("after a pause", 3.0 + start))
        for i, ms in enumerate(segment_ms)
    ]  # fmt: skip
    return lane


def _scored(name, ious):
    return [
        Scored(name, case, case, 0, {}, Shade.parse("violet"), 80.0, {"iou": iou}, 1000)
        for case, iou in ious.items()
    ]


def _verdicts(*lanes, ious=None):
    results = {
        lane.name: VariantResult(
            status=lane.status, error=None, spec={},
            model=ModelInfo(
                name="n", sha256="0", licence="MIT",
                bytes=1000 if lane.variant.segment.precision == "float32" else 380,
            ),
        )
        for lane in lanes
    }  # fmt: skip
    scored = [
        one for lane in lanes for one in _scored(lane.name, (ious or {}).get(lane.name, IOUS))
    ]
    found = with_verdicts(results, lanes, scored)
    return {name: result.verdict for name, result in found.items() if result.verdict}


def test_speed_and_quality_come_from_the_rounds_and_cases_of_both():
    # Of each start rounds 0..3 are common: 0.8, 0.8, 0.75 and 0.85 of the time.
    plain = _lane("float32", [10.0, 20.0, 40.0, 20.0, 99.0])
    int8 = _lane("int8", [8.0, 16.0, 30.0, 17.0], precision="int8")
    ious = {"int8": {"a": 0.4, "b": None, "d": 1.0}}

    (found,) = _verdicts(plain, int8, ious=ious).values()

    assert (found.against, found.segment_ratio.n) == ("float32", 24)
    assert found.segment_ratio.median == pytest.approx(0.8)
    assert found.iou_kept == pytest.approx(0.5)  # case a alone: 0.4 of 0.8
    assert found.sentence.startswith(
        "int8's network is 1.25 times faster: it takes 0.80 of float32"
    )
    assert "keeps 50.0 % of its IoU" in found.sentence
    assert "Its file has 0.38 of the size." in found.sentence


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
    # Five starts are too few for a claim.
    assert not _verdicts(_lane("float32", [10.0] * 3, starts=5), int8)


def test_where_float32_finds_no_hair_nothing_is_said_to_be_kept():
    plain, int8 = _lane("float32", [10.0] * 3), _lane("int8", [10.0] * 3, precision="int8")
    nothing = {"a": 0.0, "b": None}
    (found,) = _verdicts(plain, int8, ious={"float32": nothing, "int8": nothing}).values()
    assert found.iou_kept is None
    assert "neither proven faster nor slower" in found.sentence
    assert "keeps" not in found.sentence


def _why(precision, runtime="onnxruntime", isa=(), **seen):
    """What a verdict says besides speed and quality."""
    sentence = FormVerdict(precision, runtime, 0.9, (0.8, 1.1), None, isa, **seen).sentence
    return sentence.partition(" on this CPU. ")[2]


def test_what_ran_is_told_beside_what_ran_of_float32():
    assert _why("int8", execution=IN_8_BITS, plain_execution=PLAIN) == (
        "onnxruntime ran it as 10 operators (9 in 8 bits, 1 in float32) and 2 conversions, and "
        "float32 as 8 operators. This CPU has no instructions that sum products of 8-bit numbers."
    )
    listed = IN_8_BITS.model_copy(update={"observed": "loaded", "conversions": {"QUANTIZE": 1}})
    assert _why("mixed", "litert", execution=listed).startswith(
        "litert loaded it as 10 operators (9 in 8 bits, 1 in float32) and 1 conversion. "
    )


@pytest.mark.parametrize(
    ("operators", "said"),
    [
        ({"float32": {"Conv": 8}}, "8 operators (none in float16, 8 in float32)"),
        ({"bfloat16": {"Conv": 8}}, "8 operators (none in float16, 8 in bfloat16)"),
        ({"float16": {"Conv": 1}}, "1 operator (1 in float16)"),
    ],
)
@pytest.mark.parametrize("isa", [("avx2",), ("avx2", "avx512_fp16"), ("asimdhp",)])
def test_float16_is_what_the_runtime_computed_in_whatever_the_cpu_has(operators, said, isa):
    ran = Execution(observed="ran", operators=operators, conversions={})
    assert _why("float16", isa=isa, execution=ran).startswith(f"onnxruntime ran it as {said}. ")


@pytest.mark.parametrize(
    ("precision", "isa", "said"),
    [
        ("int8", ("avx2",), "no instructions that sum products of 8-bit numbers"),
        ("int8", ("avx2", "avx512_vnni"), "instructions that sum products of 8-bit numbers "
         "(avx512_vnni)"),
        ("mixed", ("i8mm",), "instructions that sum products of 8-bit numbers (i8mm)"),
        ("float16", ("avx2", "f16c"), "no float16 arithmetic"),
        ("float16", ("avx512_fp16",), "float16 arithmetic (avx512_fp16)"),
    ],
)  # fmt: skip
def test_where_nothing_was_seen_the_cpu_alone_is_told_and_no_cause(precision, isa, said):
    assert _why(precision, "mediapipe", isa) == f"This CPU has {said}."


class _Worker:
    """Answers, refuses or dies."""

    def __init__(self, answer):
        self.answer, self.asked = answer, 0

    def send(self, operation):
        assert operation == "execution"
        self.asked += 1

    def receive(self, kind, doing, timeout_s):
        if isinstance(self.answer, Exception):
            raise self.answer
        return kind(self.answer)


def test_the_pairs_of_a_verdict_are_asked_once_and_a_silent_one_costs_nothing():
    lanes = {
        "float32": (_lane("float32", [10.0] * 3), PLAIN),
        "int8": (_lane("int8", [8.0] * 3, precision="int8"), IN_8_BITS),
        "half": (_lane("half", [8.0] * 3, precision="float16"), WorkerLostError("gone", "x")),
        "alone": (_lane("alone", [8.0] * 3, precision="int8", threads=2), IN_8_BITS),
    }
    for lane, answer in lanes.values():
        lane.worker = _Worker(answer)
    explain([lane for lane, _ in lanes.values()], 5.0)
    assert {name: lane.worker.asked for name, (lane, _) in lanes.items()} == {
        "float32": 1, "int8": 1, "half": 1, "alone": 0
    }  # fmt: skip
    assert all(lane.status == "ok" for lane, _ in lanes.values())
    found = _verdicts(*(lane for lane, _ in lanes.values()))
    assert "ran it as 10 operators" in found["int8"].sentence
    assert " ran it as " not in found["half"].sentence


def test_a_run_keeps_its_verdicts_and_runs_of_before_have_none():
    plain, int8 = _lane("float32", [10.0] * 3), _lane("int8", [8.0] * 3, precision="int8")
    verdict = _verdicts(plain, int8)["int8"]
    told = made_up("int8", 80.0, 0.8) | {"verdict": verdict.model_dump(mode="json")}
    run = Run.model_validate(
        make_run({"float32": made_up("float32", 100.0, 0.8), "int8": told}).plain()
    )
    assert verdict_sentences(run) == [verdict.sentence]
    assert verdict_sentences(make_run({"int8": made_up("int8", 80.0, 0.8)})) == []
