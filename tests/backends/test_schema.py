"""The ``[backend]`` table: read, refused with file and line, written, and never executed."""

from __future__ import annotations

from pathlib import Path

import pytest

from hairopt.backends.schema import HttpBackend, PythonBackend
from hairopt.errors import ConfigError
from hairopt.variants.expand import in_runtimes
from hairopt.variants.load import dump_toml, load_variant, with_model
from hairopt.variants.schema import Variant

HTTP = """name = "ours"
summary = "the service as of today"
[backend]
kind = "http"
url = "http://127.0.0.1:8000/try-on"
start = ["../service/.venv/bin/uvicorn", "app.main:app", "--port", "8000"]
cwd = "../service"
ready = "http://127.0.0.1:8000/healthz"
[backend.request]
json = { picture = "data:{photo_mime};base64,{photo_base64}", trace = "{uuid}" }
[backend.answer]
image = { json = "result.href", fetch = true }
stage_ms = { header = "Server-Timing" }
[backend.shades]
"Toffee 6.3" = "#8A5A34"
"""


@pytest.fixture
def file(tmp_path):
    def write(text: str, name: str = "variants/ours.toml") -> str:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return str(path)

    return write


def test_paths_start_at_the_file(file, tmp_path):
    spec = load_variant(file(HTTP)).backend
    assert isinstance(spec, HttpBackend)
    assert spec.cwd == str(tmp_path / "service")
    assert spec.start[0] == str(tmp_path / "service/.venv/bin/uvicorn")
    assert spec.shades == {"Toffee 6.3": "#8a5a34"}


def test_a_program_without_a_slash_is_looked_up_and_an_interpreter_keeps_its_link(file, tmp_path):
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "venv/bin/python").symlink_to("/usr/bin/env")
    text = 'name = "p"\n[backend]\nkind = "python"\ncall = "a:b"\npath = ["../src"]\n'
    spec = load_variant(file(text + 'python = "../venv/bin/python"')).backend
    assert isinstance(spec, PythonBackend)
    assert spec.python == str(tmp_path / "venv/bin/python")
    assert (spec.path, spec.cwd) == ([str(tmp_path / "src")], str(tmp_path / "variants"))
    assert load_variant(file(text + 'python = "python3.9"')).backend.python == "python3.9"


def test_what_is_written_reads_as_the_same_variant(file, tmp_path):
    variant = load_variant(file(HTTP))
    text = dump_toml(variant, tmp_path / "variants")
    assert str(tmp_path) not in text
    assert "[segment]" not in text
    assert load_variant(file(text, "variants/again.toml")) == variant
    assert Variant.model_validate(variant.model_dump(mode="json")) == variant


def test_a_variant_of_stages_is_written_without_a_back_end():
    assert "backend" not in Variant(name="a").model_dump(mode="json")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("{uuid}", "{uid}", 10, "trace: no placeholder {uid} here; did you mean {uuid}?"),
        ("{photo_base64}", "{photo}", 10, "JSON has no bytes: use {photo_base64}"),
        ('"http"', '"htp"', 4, "did you mean 'http'? Allowed is 'http', 'python' or 'command'"),
        ('kind = "http"\n', "", 3, "the key 'backend.kind' is missing"),
        ("fetch = true", "fetsh = true", 12, "did you mean 'fetch'?"),
        ("#8A5A34", "toffee", 15, "shade 'toffee' is no colour"),
        ('"http://127.0.0.1:8000/t', '"ftp://127.0.0.1/t', 5, "is no URL such as http://"),
        ('"http://127.0.0.1:8000/t', '"http://me:pw@host/t', 5, "no user and password in a URL"),
        ('"http://127.0.0.1:8000/t', '"http://{shade_hex}/t', 5, "no placeholder but {port}"),
        ("8000/try", "{port}/try", 3, "{port}, a free port, has to be in both url and start"),
        ("result.href", "result..href", 12, "'result..href' is no path"),
        ("[backend.request]", "[segment]\n[backend.request]", 3, "[segment] ("),
        ("[backend.request]", '[backend.request]\nbody = "{photo}"', 9, "a request has one of"),
        (
            "[backend.request]",
            '[backend.request]\nheaders = { Authorization = "Bearer abc" }',
            10,
            'put it into an environment variable: Authorization = "{env:NAME}"',
        ),
        ("[backend.request]", '[backend.request]\nfiles = { f = "{shade_hex}" }', 10, "'{photo}'"),
        ('name = "ours"', 'name = "ours"\nextends = "float32"', 4, "either [backend] or stages"),
    ],
)
def test_a_fault_is_told_with_file_and_line(file, old, new, line, message):
    path = file(HTTP.replace(old, new, 1))
    with pytest.raises(ConfigError) as refusal:
        load_variant(path)
    assert f"{path}, line {line}: " in str(refusal.value)
    assert message in str(refusal.value)


def test_a_command_needs_the_photo(file):
    text = 'name = "c"\n[backend]\nkind = "command"\ncommand = ["./dye", "{answer}"]'
    with pytest.raises(ConfigError, match=r"line 4: backend.command: command has no \{photo\}"):
        load_variant(file(text))


def test_another_version_of_a_back_end_extends_it(file):
    file(HTTP)
    text = 'name = "next"\nextends = "./ours.toml"\n[backend]\nurl = "http://127.0.0.1:9000/x"\n'
    spec = load_variant(file(text, "variants/next.toml")).backend
    assert spec.url == "http://127.0.0.1:9000/x"
    assert spec.answer.image.json == "result.href"
    assert spec.start[-1] == "8000"


def test_a_back_end_has_no_network_that_could_be_chosen(file):
    variant = load_variant(file(HTTP))
    assert in_runtimes(variant, ["litert", "openvino"]) == (variant,)
    with pytest.raises(ConfigError, match="ours is a back-end"):
        with_model(variant, "hairnet")


def test_reading_executes_nothing_and_reads_no_secret(file, monkeypatch, tmp_path):
    mark = tmp_path / "executed"
    text = HTTP.replace('"../service/.venv/bin/uvicorn"', f'"touch", "{mark}"')
    text = text.replace("[backend.request]", '[backend.request]\nquery = { k = "{env:KEY}" }')
    monkeypatch.setenv("KEY", "hidden-value")
    variant = load_variant(file(text))
    assert not mark.exists()
    assert "hidden-value" not in dump_toml(variant, Path())
