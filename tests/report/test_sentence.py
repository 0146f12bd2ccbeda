"""The closing sentence says what is proven, and nothing else."""

import pytest

from hairopt.report.run.build_matrix import build_matrix
from hairopt.report.run.summary import closing_sentence, redye_sentence
from tests.report.made_up_run import absent, make_run, rows, summary, variant


def sentence(variants, **changes):
    run = make_run(variants, **changes)
    return closing_sentence(run, build_matrix(run, rows()))


FLOAT32 = variant("float32", 100.0, 0.80)


def test_names_the_fastest_with_its_interval_and_its_quality():
    text = sentence(
        {"float32": FLOAT32, "int8": variant("int8", 80, 0.79, (0.8, 0.78, 0.82), 0.994)}
    )

    # 1 / 0.8 = 1.25; 1 / 0.82 = 1.22; 1 / 0.78 = 1.28
    assert text.startswith(
        "int8 is 1.25 times faster (1.22 to 1.28) than float32 on this CPU at 99.4 % of its quality"
    )


def test_a_fast_variant_that_loses_quality_does_not_lead():
    text = sentence(
        {
            "float32": FLOAT32,
            "blind": variant("blind", 10, 0.1, (0.1, 0.09, 0.11), 0.125),
            "int8": variant("int8", 80, 0.79, (0.8, 0.78, 0.82), 0.99),
        }
    )

    assert text.startswith("int8 is")


def test_where_all_fast_ones_lose_quality_the_loss_is_said():
    text = sentence(
        {"float32": FLOAT32, "blind": variant("blind", 10, 0.1, (0.1, 0.09, 0.11), 0.125)}
    )

    assert "at 12.5 % of its quality (worst: mask" in text


def test_an_interval_that_holds_one_proves_nothing():
    text = sentence({"float32": FLOAT32, "int8": variant("int8", 95, 0.8, (0.95, 0.89, 1.01))})

    assert text == "~ No variant is proven to be faster than float32 on this CPU."


def test_slower_everywhere_is_said_with_the_factor():
    text = sentence({"float32": FLOAT32, "int8": variant("int8", 125, 0.8, (1.25, 1.2, 1.3))})

    assert text.startswith(
        "Nothing is faster than float32 on this CPU; int8 comes next, 1.25 times"
    )


def test_no_paired_latencies_prove_nothing():
    text = sentence({"float32": FLOAT32, "int8": variant("int8", 50, 0.8)})

    assert text.startswith("~ No speed-up over float32 is proven")


def test_one_variant_alone():
    assert sentence({"float32": FLOAT32}) == (
        "float32 answers a request in 100.0 ms (median) on this CPU "
        "at a mean IoU of 0.800 over 3 cases."
    )


def test_nothing_measured():
    assert sentence({"float32": absent()}).startswith("No variant could be measured")


@pytest.mark.parametrize(("floor", "said"), [(0.036, "3.6 %"), (None, "could not be measured")])
def test_noise_floor(floor, said):
    protocol = make_run({}).protocol.model_dump() | {"null": True}

    assert said in sentence({"float32": FLOAT32}, protocol=protocol, noise_floor=floor)


@pytest.mark.parametrize(
    ("noise", "end"), [(2.04, "; two true pictures of one scene are 2.0 apart."), (None, ".")]
)
def test_exact_redye_is_read_against_the_ideal_and_the_noise(noise, end):
    near, far = variant("near", 9.0, 0.8), variant("far", 9.0, 0.8)
    near["quality"]["redye_de00"], far["quality"]["redye_de00"] = summary(12.94), summary(13.1)
    bounds = {"floor_de00": 12.08, "floor_ci95": None, "n": 33, "noise_de00": noise, "n_noise": 33}
    run = make_run({"far": far, "near": near, "gone": absent()}, redye=bounds)

    assert redye_sentence(run) == (
        "Exact re-dye of 33 cases: best mean 12.9 ΔE00 (near); its recolour with exact masks "
        f"12.1{end}"
    )
    near["quality"]["ideal_redye_de00"] = summary(7.04)
    run = make_run({"far": far, "near": near}, redye=bounds)
    assert f"its recolour with exact masks 7.0{end}" in redye_sentence(run)


def test_without_true_pictures_nothing_is_said_of_exact_redye():
    assert redye_sentence(make_run({"float32": FLOAT32})) == ""
