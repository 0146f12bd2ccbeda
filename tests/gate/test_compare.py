"""Comparisons from end to end: what is refused, what is shown, what each rule says."""

import json

import pytest

from hairopt.errors import NotComparableError, UsageError
from hairopt.gate.comparable import paired
from hairopt.gate.compare import compare
from hairopt.gate.judged import NotJudged
from hairopt.gate.limits import GateLimits
from hairopt.gate.resources import Timed, latency_rule
from hairopt.gate.verdict import Verdict
from hairopt.measure.run_model import Ratio
from hairopt.report.comparison.html import comparison_html
from hairopt.report.comparison.render import comparison_text
from hairopt.report.comparison.text import closing_line
from tests.gate.snapshots import IMAGES, scores, snapshot

LIMITS = GateLimits()


def timed(median, low, high, floor=0.02):
    ratio = Ratio(median=median, ci95=(low, high), n=100, starts=6)
    return Timed(ratio, floor, baseline_p50_ms=50.0, candidate_p50_ms=50.0 * median)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dataset_fingerprint": "ef" * 32}, ["starter (cdcdcdcdcdcd)", "starter (efefefefefef)"]),
        ({"isa": ["avx2", "avx512_vnni"]}, ["ISA", "avx2 avx512_vnni", "--across-isa"]),
        ({"shades": ["#000000"]}, ["shades", "#7b2d8b", "#000000"]),
        ({"swatches": {"#7b2d8b": "ab" * 32}}, ["swatches", "none", "#7b2d8b abababababab"]),
        ({"intensities": [30.0]}, ["intensities", "70", "30"]),
        ({"seed": 1}, ["seed", "0", "1"]),
        (
            {"color_reference": "formula"},
            ["colour is against", "the intent (intent/1)", "the formula of hsv", "--remeasure"],
        ),
        ({"unusable_cases": ["image-99"]}, ["unusable cases", "image-99", "none"]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_differs_is_refused_side_by_side(changes, words):
    with pytest.raises(NotComparableError) as refused:
        compare(snapshot(), snapshot("int8", **changes), LIMITS)
    text = str(refused.value)
    assert all(word in text for word in words)
    assert "baseline:" in text
    assert "candidate:" in text


def test_every_difference_is_named_at_once():
    other = snapshot("int8", seed=1, shades=["#000000"])
    with pytest.raises(NotComparableError, match=r"(?s)shades.*seed"):
        compare(snapshot(), other, LIMITS)


def test_doubts_about_the_dataset_are_said_once():
    candidate = snapshot("int8", dataset_warnings=["masks are inverted", "photo turned"])
    found = compare(snapshot(dataset_warnings=["masks are inverted"]), candidate, LIMITS)
    assert found.dataset_warnings == ("masks are inverted", "photo turned")


def test_of_many_cases_five_are_named():
    one, other = (snapshot(name, unusable_cases=[f"{name}-{i}" for i in range(count)])
                  for name, count in (("a", 5), ("b", 6)))  # fmt: skip
    with pytest.raises(NotComparableError) as refused:
        compare(one, other, LIMITS)
    text = str(refused.value)
    assert "a-0, a-1, a-2, a-3, a-4\n" in text
    assert text.endswith("b-0, b-1, b-2, b-3, b-4 ...")


def test_the_hint_on_the_cpu_kind_stands_where_that_differs():
    with pytest.raises(NotComparableError) as refused:
        compare(snapshot(), snapshot("int8", seed=1), LIMITS)
    assert "--across-isa" not in str(refused.value)


def test_a_case_that_failed_in_the_candidate_is_missing_and_no_difference():
    candidate = snapshot("int8", scores()[:-1], failed_cases=["image-23"])
    found = paired(snapshot(), candidate)
    assert found.missing == {"image-23"}
    assert found.candidate["iou"][-1] is None
    assert len(found.names) == len(found.sources) == len(found.tags) == IMAGES


def test_another_cpu_kind_is_compared_when_asked_for_by_name():
    other = snapshot("int8", isa=["avx512_vnni"])
    assert compare(snapshot(), other, LIMITS, across_isa=True).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("baseline", "word"),
    [
        (snapshot(failed_cases=["image-99"]), "cases without an answer"),
        (snapshot(ious=[]), "measured cases"),
        (snapshot(ious=scores()[:-1]), "without image-23"),
        (snapshot(unusable_cases=["x"]), "unusable cases"),
    ],
    ids=["failed", "empty", "partial", "unusable"],
)
def test_an_incomplete_baseline_is_refused(baseline, word):
    candidate = snapshot("int8", unusable_cases=baseline.unusable_cases)
    with pytest.raises(NotComparableError, match=word):
        compare(baseline, candidate, LIMITS)


def test_a_metric_that_the_candidate_lacks_is_refused():
    candidate = snapshot("int8")
    for case in candidate.cases.values():
        case.scores.pop("boundary_iou")
    with pytest.raises(NotComparableError, match="without boundary_iou"):
        compare(snapshot(), candidate, LIMITS)


def test_a_value_that_became_undefined_is_refused():
    ious = [*scores()[:-1], None]
    with pytest.raises(NotComparableError, match=r"no value in 1 case .*image-23"):
        compare(snapshot(), snapshot("int8", ious), LIMITS)


def test_a_case_without_an_answer_fails_by_name():
    candidate = snapshot("int8", scores()[:-1], failed_cases=["image-23"])
    found = compare(snapshot(), candidate, LIMITS)
    failures = next(rule for rule in found.rules if rule.rule == "failures")
    assert (failures.verdict, failures.measured, failures.note) == (
        Verdict.FAIL,
        1,
        "image-23; 1 case without an answer",
    )
    assert found.offenders[0].case == "image-23"


def test_against_itself_everything_passes_and_nothing_is_worst():
    found = compare(snapshot(), snapshot("twin"), LIMITS)
    assert found.verdict is Verdict.PASS
    assert found.offenders == []
    assert not any(row.is_proven for row in found.rows)


def test_a_true_drop_fails_with_the_numbers_of_the_paper():
    found = compare(snapshot(), snapshot("int8", scores(drop=0.08)), LIMITS)
    mask = found.rules[0]
    assert found.verdict is Verdict.FAIL
    assert (mask.rule, mask.n, mask.n_images) == ("mask", IMAGES, IMAGES)
    assert mask.measured == pytest.approx(0.08, abs=1e-5)


def test_metrics_come_in_the_order_of_the_catalog_and_undefined_ones_stay():
    rows = compare(snapshot(), snapshot("int8"), LIMITS).rows
    assert [row.metric for row in rows] == [
        "iou", "boundary_iou", "alpha_iou", "alpha_boundary_iou", "edge_roughness", "lock_de00",
        "dye_strength", "texture_structure", "redye_de00", "bleed_de00", "outside_structure",
        "outside_de00",
    ]  # fmt: skip
    assert (rows[8].baseline, rows[8].n, rows[8].is_proven) == (None, 0, False)


def test_the_worst_slice_is_judged_with_its_own_limit():
    ious = [value * (0.8 if index % 2 else 1.0) for index, value in enumerate(scores())]
    found = compare(snapshot(), snapshot("int8", ious), LIMITS)
    worst = next(rule for rule in found.rules if rule.rule == "slice")
    assert worst.verdict is Verdict.FAIL
    assert "hair_type=curly" in worst.subject
    assert worst.low > 0


def test_retention_watches_the_worst_metric():
    limits = GateLimits(min_retention=0.95)
    found = compare(snapshot(), snapshot("int8", scores(drop=0.08)), limits)
    rule = next(rule for rule in found.rules if rule.rule == "retention")
    assert rule.verdict is Verdict.FAIL
    assert rule.measured == pytest.approx(0.08, abs=1e-5)
    kept = compare(snapshot(), snapshot("int8"), limits, guarded=["lock_de00"])
    assert kept.rules[-1].verdict is Verdict.PASS


JUDGED = ["mask", "boundary", "slice", "tail", "failures", "retention"]


def test_everything_about_the_answer_is_judged_without_being_asked_for():
    found = compare(snapshot(), snapshot("int8"), LIMITS)
    assert [rule.rule for rule in found.rules] == JUDGED
    assert found.not_judged == ()


@pytest.mark.parametrize("name", JUDGED)
def test_a_rule_that_is_switched_off_is_not_judged_and_the_verdict_says_so(name):
    found = compare(snapshot(), snapshot("int8"), LIMITS, without=[name])
    assert [rule.rule for rule in found.rules] == [one for one in JUDGED if one != name]
    assert found.not_judged == (NotJudged(name, "switched off"),)
    told = f"Not judged: {name} (switched off)."
    assert told in closing_line(found)
    formats = [comparison_text(found, form) for form in ("json", "markdown", "junit", "github")]
    for text in (*formats, comparison_html(found, "hairopt compare")):
        assert f"Not judged: {name} (switched off)" in text.replace("\\", "")
    assert json.loads(formats[0])["not_judged"] == [{"rule": name, "reason": "switched off"}]


def test_limits_of_time_and_memory_are_not_judged_either_when_switched_off():
    limits = GateLimits(max_latency_increase=0.1, max_memory_increase=0.1)
    found = compare(snapshot(), snapshot("int8"), limits, without=["memory", "latency"])
    assert [rule.rule for rule in found.rules] == JUDGED
    assert [one.rule for one in found.not_judged] == ["latency", "memory"]


def test_slices_that_are_too_small_are_said_to_be_not_judged():
    limits = GateLimits(min_slice_images=IMAGES)
    found = compare(snapshot(), snapshot("int8"), limits)
    assert "Not judged: slice (no value of a tag has 24 photos)." in closing_line(found)


def test_only_the_answer_is_judged_and_not_the_networks_mask():
    before, after = snapshot(), snapshot("int8")
    for case in after.cases.values():
        case.scores.update(iou=0.1, boundary_iou=0.1)
    assert compare(before, after, LIMITS).verdict is Verdict.PASS
    for case in after.cases.values():
        case.scores["alpha_iou"] *= 0.8
    found = compare(before, after, LIMITS)
    assert {rule.rule for rule in found.rules if rule.verdict is Verdict.FAIL} >= {"mask"}


def test_a_baseline_from_before_the_answer_was_judged_has_to_be_measured_again():
    old = snapshot()
    for case in old.cases.values():
        del case.scores["alpha_iou"], case.scores["alpha_boundary_iou"]
    with pytest.raises(NotComparableError, match=r"without alpha_iou.*measure it again"):
        compare(old, snapshot("int8"), LIMITS)


def test_retention_refuses_what_was_not_measured_or_is_unknown():
    limits = GateLimits(min_retention=0.95)
    with pytest.raises(NotComparableError, match="dice was not measured"):
        compare(snapshot(), snapshot("int8"), limits, guarded=["dice"])
    with pytest.raises(NotComparableError, match="redye_de00"):
        compare(snapshot(), snapshot("int8"), limits, guarded=["redye_de00"])
    with pytest.raises(UsageError, match="did you mean iou"):
        compare(snapshot(), snapshot("int8"), limits, guarded=["iuo"])


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        (timed(1.30, 1.20, 1.40), Verdict.FAIL),
        (timed(1.30, 1.05, 1.60, floor=0.10), Verdict.INCONCLUSIVE),
        (timed(1.30, 1.20, 1.40, floor=None), Verdict.INCONCLUSIVE),
        (timed(1.05, 1.00, 1.10), Verdict.PASS),
        (timed(1.10, 1.00, 1.20), Verdict.INCONCLUSIVE),
        (timed(0.50, 0.45, 0.55), Verdict.PASS),
        (None, Verdict.INCONCLUSIVE),
    ],
)
def test_latency_fails_beyond_limit_and_noise_alone(measured, verdict):
    assert latency_rule(measured, 0.15).verdict is verdict


@pytest.mark.parametrize(("after", "verdict"), [(320.0, Verdict.PASS), (420.0, Verdict.FAIL)])
def test_memory_is_one_number_each(after, verdict):
    limits = GateLimits(max_memory_increase=0.2)
    found = compare(snapshot(), snapshot("int8", peak_rss_mb=after), limits)
    assert found.rules[-1].verdict is verdict


def test_memory_that_was_not_measured_never_passes():
    limits = GateLimits(max_memory_increase=0.2)
    with pytest.raises(NotComparableError, match="memory"):
        compare(snapshot(), snapshot("int8", peak_rss_mb=None), limits)
