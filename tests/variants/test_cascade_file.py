"""Variant files of cascades: what they may say, and what is told about the others."""

import pytest

from hairopt.errors import ConfigError
from hairopt.variants.condition import STEP_NAMES, Condition
from hairopt.variants.expand import in_runtimes
from hairopt.variants.load import dump_toml, load_variant, with_model

HEAD = 'name = "two"\nextends = "int8"\n[segment]\nmethod = "cascade"\n'
FIRST = '[[segment.steps]]\nmodel = "hairnet"\nprecision = "int8"\n'
SECOND = '[[segment.steps]]\nmodel = "mediapipe-hair"\nwhen = "softness > 0.15"\n'


@pytest.fixture
def load(tmp_path):
    def read(text, name="two.toml"):
        (tmp_path / name).write_text(text)
        return load_variant(str(tmp_path / name))

    return read


def test_a_step_has_the_defaults_of_a_network_not_the_keys_that_the_variant_inherits(load):
    one, two = load(HEAD + FIRST + SECOND).segment.steps
    assert (one.model, one.precision, one.when) == ("hairnet", "int8", "always")
    assert (two.model, two.precision, two.when) == ("mediapipe-hair", "float32", "softness > 0.15")
    assert two.choose == "surer"


def test_what_is_written_reads_back_equal(load, tmp_path):
    variant = load(HEAD + FIRST + SECOND + 'mirror = true\nchoose = "weighted"\n')
    assert load(dump_toml(variant, tmp_path), "again.toml") == variant
    assert variant.segment.precision == "float32"  # not that of int8, which has no effect
    assert set(variant.segment.model_dump()) == {"method", "steps"}


def test_a_variant_inherits_the_steps_and_replaces_them_as_a_whole(load):
    load(HEAD + FIRST + SECOND, "parent.toml")
    child = load('name = "child"\nextends = "parent.toml"\n[encode]\nquality = 80\n')
    assert [step.model for step in child.segment.steps] == ["hairnet", "mediapipe-hair"]
    other = load('name = "child"\nextends = "parent.toml"\n' + FIRST)
    assert [step.model for step in other.segment.steps] == ["hairnet"]
    back = load('name = "c"\nextends = "parent.toml"\n[segment]\nmethod = "network"\nsteps = []\n')
    assert back.segment.precision == "int8"
    assert "steps" not in back.segment.model_dump()


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (HEAD, 3, "needs at least one step; a step is a table [[segment.steps]]"),
        ('name = "x"\n' + FIRST, 2, "steps need method = \"cascade\", not 'network'"),
        (HEAD + FIRST + 'when = "softness > 0.1"\n', 3, "has neither when nor choose"),
        (HEAD + FIRST + 'modell = "a"\n', 8, "'segment.steps[0].modell'; did you mean 'model'?"),
        (HEAD + FIRST + 'method = "none"\n', 8, "allowed is 'network'"),
        (HEAD + FIRST + 'runtime = "onnx"\n', 8, "unknown segment.steps[0].runtime 'onnx'"),
        (HEAD + FIRST + SECOND + 'choose = "best"\n', 11, "'surer', 'weighted', 'mean' or 'last'"),
        (HEAD.replace('"cascade"\n', '"cascade"\ntrim = true\n') + FIRST, 5, "no effect in a cas"),
    ],
)
def test_faults_name_their_line_and_what_is_allowed(load, text, line, told):
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert f"two.toml, line {line}:" in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("never", "can never hold"),
        ("softness > 100%", "can never hold"),
        ("softness < 0", "can never hold"),
        ("softness == 110%", "can never hold"),
        ("intensity > 10", "one of softness, hair_fraction"),
        ("softness > 0.1 and true", "is not a condition"),
    ],
)
def test_a_condition_that_can_never_hold_or_is_none_is_refused(load, when, told):
    with pytest.raises(ConfigError) as caught:
        load(HEAD + FIRST + SECOND.replace("softness > 0.15", when))
    assert "two.toml, line 10: segment.steps[1].when" in str(caught.value)
    assert told in str(caught.value)


def test_postprocess_has_conditions_of_its_own(load):
    with pytest.raises(ConfigError, match="intensity, hair_fraction, edge_contrast compared"):
        load('name = "x"\nextends = "int8"\n[postprocess]\nwhen = "softness > 0.1"\n')


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("softness >= 100%", True),
        ("softness > 100%", False),
        ("softness <= 0", True),
        ("softness < 0.001", True),
        ("softness != 0", True),
        ("softness == 0.3", True),
    ],
)
def test_whether_a_condition_can_hold(text, holds):
    assert Condition.parse(text, STEP_NAMES).can_hold(0.0, 1.0) is holds


def test_the_threshold_of_a_condition_can_be_turned():
    turned = Condition.parse("softness > 0.15", STEP_NAMES).with_threshold(0.2)
    assert turned.text == "softness > 0.2"
    assert turned.holds({"softness": 0.21})
    assert not turned.holds({"softness": 0.2})


def test_one_model_cannot_replace_those_of_a_cascade(load):
    with pytest.raises(ConfigError, match="two is a cascade, each step has a model of its own"):
        with_model(load(HEAD + FIRST + SECOND), "hairnet")


def test_in_another_runtime_every_step_runs_there(load):
    variant = load(HEAD + FIRST + SECOND)
    (made,) = in_runtimes(variant, ["openvino"])
    assert {step.runtime for step in made.segment.steps} == {"openvino"}
    assert [step.model for step in made.segment.steps] == ["hairnet", "mediapipe-hair"]
    assert {step.runtime for step in variant.segment.steps} == {"onnxruntime"}
