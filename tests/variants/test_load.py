"""Variant files: what is merged, and what every mistake is answered with."""

from pathlib import Path

import pytest

from hairopt.errors import ConfigError
from hairopt.variants.load import dump_toml, list_variants, load_variant, with_model
from hairopt.variants.registry import BUILTIN
from hairopt.variants.schema import Variant


def write(folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def refusal(folder: Path, text: str) -> str:
    path = write(folder, "mine", text)
    with pytest.raises(ConfigError) as caught:
        load_variant(path)
    assert str(caught.value).startswith(path)
    return str(caught.value)


@pytest.mark.parametrize("name", list_variants())
def test_every_variant_loads_says_what_it_is_and_survives_being_written(name: str, tmp_path: Path):
    variant = load_variant(name)
    assert variant.name == name
    assert 10 < len(variant.summary) < 120
    assert load_variant(write(tmp_path, "copy", dump_toml(variant, tmp_path))) == variant


def test_the_built_in_variants_are_those_promised():
    assert list_variants()[0] == "baseline"
    built_in = {path.stem for path in BUILTIN.glob("*.toml")}
    promised = {"baseline", "bbox-jpeg", "conditional-post", "float16", "float32", "int8"}
    promised |= {"cascade", "cascade-own"}
    assert promised <= built_in <= set(list_variants())


@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_precisions_differ_in_precision_only(precision: str):
    other = load_variant(precision).model_dump()
    expected = load_variant("float32").model_dump()
    expected["segment"]["precision"] = precision
    for spec in (other, expected):
        del spec["name"], spec["summary"]
    assert other == expected


def test_the_baseline_is_what_a_team_ships_first():
    baseline = load_variant("baseline")
    assert baseline.segment.runtime == "mediapipe"
    assert baseline.recolor.region == "image"
    assert baseline.postprocess.feather_at == "image"
    assert baseline.encode.format == "png"


def test_extends_merges_key_by_key_through_a_chain(tmp_path: Path):
    write(tmp_path, "a", 'name = "a"\nsummary = "A"\n[encode]\nquality = 50\nformat = "webp"')
    write(tmp_path, "b", 'name = "b"\nextends = "a.toml"\n[encode]\nquality = 60')
    path = write(tmp_path, "c", 'name = "c"\nextends = "./b.toml"\n[segment]\nthreads = 2')
    variant = load_variant(path)
    assert (variant.name, variant.summary) == ("c", "")
    assert (variant.encode.format, variant.encode.quality) == ("webp", 60)
    assert variant.segment.threads == 2


def test_a_file_may_extend_a_name_and_a_whole_number_is_a_number(tmp_path: Path):
    path = write(tmp_path, "-ü x", 'name = "x"\nextends = "int8"\n[postprocess]\nfeather_px = 4')
    variant = load_variant(path)
    assert variant.segment.precision == "int8"
    assert variant.postprocess.feather_px == 4.0


def test_circles_are_refused_and_shown(tmp_path: Path):
    write(tmp_path, "a", 'name = "a"\nextends = "b.toml"')
    path = write(tmp_path, "b", 'name = "b"\nextends = "a.toml"')
    with pytest.raises(ConfigError, match=r"cycle: .*b\.toml -> .*a\.toml -> .*b\.toml"):
        load_variant(path)
    with pytest.raises(ConfigError, match="circle"):
        load_variant(write(tmp_path, "self", 'name = "s"\nextends = "self.toml"'))


def test_a_chain_without_end_is_refused(tmp_path: Path):
    for number in range(1500):
        text = f'name = "v{number}"\nextends = "v{number + 1}.toml"'
        path = write(tmp_path, f"v{number}", text)
    write(tmp_path, "v1500", 'name = "v1500"')
    first = tmp_path / "v0.toml"
    with pytest.raises(ConfigError, match=r"v0\.toml: extends goes through more than 100 files\."):
        load_variant(str(first))
    assert load_variant(path).name == "v1499"
    assert load_variant(str(tmp_path / "v1401.toml")).name == "v1401"


def test_a_mistake_is_found_in_the_file_that_made_it(tmp_path: Path):
    write(tmp_path, "a", 'name = "a"\n\n[segment]\nthreads = 0\n[segmnt]\n')
    path = write(tmp_path, "b", 'name = "b"\nextends = "a.toml"\n[segment]\ninput_size = 1')
    with pytest.raises(ConfigError) as caught:
        load_variant(path)
    found = [line.rpartition("/")[2].partition(" ") for line in str(caught.value).splitlines()]
    assert [(file, rest[:20]) for file, _, rest in found] == [
        ("b.toml,", "line 4: segment.inpu"),
        ("a.toml,", "line 4: segment.thre"),
        ("a.toml,", "line 5: unknown key "),
    ]


def test_a_mistake_in_a_parent_names_the_parents_file(tmp_path: Path):
    parent = write(tmp_path, "parent", 'name = "p"\n[encode]\nquality = 101')
    child = write(tmp_path, "child", 'name = "c"\nextends = "parent.toml"')
    with pytest.raises(ConfigError) as caught:
        load_variant(child)
    assert str(caught.value).startswith(parent)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            'name = "x"\n[segment]\nprecison = "int8"',
            ["line 3: unknown key 'segment.precison'", "did you mean 'precision'?"],
        ),
        (
            'name = "x"\n[segmnt]\nthreads = 1',
            ["line 2: unknown key 'segmnt'", "did you mean 'segment'?"],
        ),
        ('name = "x"\nextend = "int8"', ["unknown key 'extend';", "did you mean 'extends'?"]),
        ('name = "x"\n[segment]\nprecision = "int4"', ["segment.precision", "int4", "float16"]),
        (
            'name = "x"\n[segment]\nthreads = 0',
            ["line 3: segment.threads = 0 is not", "a whole number from 1 to 256."],
        ),
        (
            'name = "x"\n[segment]\nthreads = "2"',
            ["segment.threads", "'2'", "whole number", "without quotes?"],
        ),
        (
            'name = "x"\n[segment]\nruntime = "onnxrun"',
            ["segment.runtime", "onnxruntime", "litert"],
        ),
        ('name = "x"\n[recolor]\nmethod = "hvs"', ["recolor.method", "'hvs'", "hsv"]),
        ('name = "x"\n[recolor]\nregion = "head"', ["recolor.region", "head", "'image' or 'hair'"]),
        ('name = "x"\n[encode]\nformat = "jpg"', ["encode.format", "jpg", "did you mean jpeg"]),
        ('name = "x"\n[encode]\nquality = 101', ["encode.quality", "101", "100"]),
        ('name = "x"\n[encode]\nquality = true', ["encode.quality", "true", "whole number"]),
        (
            'name = "x"\n[postprocess]\nwhen = "sometimes"',
            ["when", "'sometimes'", "intensity >= 30"],
        ),
        ('name = "x"\n[postprocess]\nwhen = "__import__(1) > 2"', ["when", "is not a condition"]),
        (
            'name = "x"\n[postprocess]\nanti_bleed = "edge"',
            ["mine.toml, line 3: postprocess.anti_bleed = 'edge' is", "'edges' or true or false."],
        ),
        ('name = "x"\nencode = "jpeg"', ["encode = 'jpeg' is not valid; allowed is a table."]),
        ('name = "a b"', ["name = 'a b'", "letters, digits"]),
        ("", ["the key 'name' is missing"]),
        ('name = "x"\nextends = 3', ["extends", "3", "name of a variant"]),
        ('name = "x"\nextends = "flaot32"', ["extends", "did you mean float32"]),
        ("name = \nextends = 1", ["line 1, column 8", "invalid value"]),
    ],
)
def test_every_mistake_names_file_key_value_and_what_is_allowed(
    text: str, words: list[str], tmp_path: Path
):
    message = refusal(tmp_path, text)
    for word in words:
        assert word in message
    assert "pydantic" not in message


def test_all_mistakes_are_told_at_once(tmp_path: Path):
    message = refusal(tmp_path, 'name = "x"\n[segment]\nthreads = 0\n[encode]\nquality = 0')
    assert message.count("\n") == 1


def test_unknown_names_and_missing_files():
    with pytest.raises(ConfigError, match="did you mean baseline"):
        load_variant("basline")
    with pytest.raises(ConfigError, match=r"none\.toml cannot be read: No such file"):
        load_variant("no/such/none.toml")


def test_a_file_that_is_no_text(tmp_path: Path):
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(ConfigError, match="is UTF-16 text; save it as UTF-8"):
        load_variant(str(tmp_path / "x.toml"))


def test_with_model_changes_the_network_only():
    before = load_variant("int8")
    after = with_model(before, "mediapipe-hair")
    assert after.segment.model == "mediapipe-hair"
    assert with_model(after, before.segment.model) == before


def test_a_complete_file_holds_every_key(tmp_path):
    text = dump_toml(Variant(name="x"), tmp_path)
    for table in ("decode", "segment", "recolor", "postprocess", "encode", "process"):
        assert f"[{table}]" in text


def test_with_model_refuses_a_network_that_nobody_knows():
    with pytest.raises(ConfigError, match=r"unknown model 'hairnett'; did you mean hairnet\?"):
        with_model(load_variant("float32"), "hairnett")


def in_file(tmp_path, code, method="file:stages/mine.py:dye"):
    (tmp_path / "stages").mkdir(exist_ok=True)
    (tmp_path / "stages" / "mine.py").write_text(code)
    return write(tmp_path, "mine", f'name = "mine"\n[recolor]\nmethod = "{method}"')


def test_the_path_of_a_method_starts_at_the_variants_file_and_nothing_is_executed(
    tmp_path, monkeypatch
):
    code = "raise SystemExit('executed')\ndef dye(photo, mask, shade, intensity): ...\n"
    path = in_file(tmp_path, code)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    variant = load_variant(path)
    assert variant.recolor.method == f"file:{tmp_path / 'stages' / 'mine.py'}:dye"
    # A copy in another folder names the same file, also where it is extended.
    copy = write(elsewhere, "copy", dump_toml(variant, elsewhere))
    assert "file:../stages/mine.py:dye" in (elsewhere / "copy.toml").read_text()
    assert load_variant(copy) == variant
    child = write(elsewhere, "child", 'name = "mine"\nextends = "../mine.toml"')
    assert load_variant(child) == variant


@pytest.mark.parametrize(
    ("code", "method", "expected"),
    [
        ("def dye(): ...", "file:stages/none.py:dye", ["none.py", "No such file"]),
        ("def die(): ...", "file:stages/mine.py:dye", ["'dye'", "did you mean die"]),
        ("def dye(:", "file:stages/mine.py:dye", ["mine.py:1", "no valid Python"]),
        ("", "file:stages/mine.py", ["file:PATH.py:NAME"]),
        ("", "file:mine.py:", ["file:PATH.py:NAME"]),
        ("", "file:", ["file:PATH.py:NAME"]),
        ("", "file:stages:dye", ["Is a directory"]),
    ],
)
def test_a_method_that_is_not_there_is_named(tmp_path, code, method, expected):
    path = in_file(tmp_path, code, method)
    with pytest.raises(ConfigError) as raised:
        load_variant(path)
    for text in ["mine.toml", *expected]:
        assert text in str(raised.value)


@pytest.mark.parametrize(
    "code",
    [
        "from elsewhere import dye",
        "dye = lambda *_: None",
        "try:\n    import dye\nexcept ImportError:\n    dye: object = None",
        "if True:\n    class dye: ...",
    ],
)
def test_a_name_may_be_defined_in_any_way(tmp_path, code):
    assert load_variant(in_file(tmp_path, code)).recolor.method.endswith("mine.py:dye")


def test_options_of_a_method_are_kept_and_replace_inherited_ones(tmp_path):
    parent = 'name = "p"\n[recolor]\nmethod = "lab"\n[recolor.options]\ncontrast = 0.5\n'
    write(tmp_path, "parent", parent)
    assert load_variant(str(tmp_path / "parent.toml")).recolor.options == {"contrast": 0.5}
    child = 'name = "c"\nextends = "parent.toml"\n[recolor]\nmethod = "hsv"\noptions = {}\n'
    assert load_variant(write(tmp_path, "child", child)).recolor.options == {}


@pytest.mark.parametrize("options", ["contrats = 1", "contrast = 0", 'contrast = "high"'])
def test_options_of_a_built_in_method_are_checked(tmp_path, options):
    text = f'name = "mine"\n[recolor]\nmethod = "lab"\n[recolor.options]\n{options}\n'
    assert "line 4: " in refusal(tmp_path, text)
    assert "contrast" in refusal(tmp_path, text)
