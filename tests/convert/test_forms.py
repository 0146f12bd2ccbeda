"""Which file a runtime gets, and that the cache is never half-written or stale."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from hairopt.convert.forms import cache, float32
from hairopt.convert.forms.resolve import resolve
from hairopt.errors import ConfigError, DataError, ModelError, UnavailableError, UsageError
from hairopt.models.contract import Contract, InputContract, ModelRecord, OutputContract
from hairopt.models.file_summary import sha256_of
from hairopt.models.store import find_model
from hairopt.models.tensors import prepare, read_mask
from hairopt.runtimes import RUNTIMES
from hairopt.runtimes.execution import execution_of
from hairopt.runtimes.onnx_session import open_session
from hairopt.runtimes.protocol import RuntimeSettings
from tests.convert.tiny_tflite import Network
from tests.killed import every_kill, needs_fork, waiting

ONNX = ("onnx",)


def _photos(count=4):
    """What gives the same photos at each call, as files would."""
    shape = (count, 20, 24, 3)
    return lambda: iter(np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8))


def _record(data: bytes, kind: str, contract: Contract) -> ModelRecord:
    return ModelRecord(
        name="tiny",
        format=kind,
        sha256=sha256_of(data),
        bytes=len(data),
        licence="Apache-2.0",
        source="made by a test",
        contract=contract,
        origin="added",
    )


def _contract(layout: str, first: str, last: str) -> Contract:
    return Contract(
        input=InputContract(name=first, layout=layout, height=8, width=8),
        output=OutputContract(name=last, layout=layout, kind="logits", channels=2, hair=1),
    )


@pytest.fixture
def tflite(tmp_path):
    rng = np.random.default_rng(1)
    net = Network()
    net.tensor(1, 8, 8, 3)
    weights = net.constant(rng.normal(size=(2, 3, 3, 3)))
    bias = net.constant(rng.normal(size=2))
    net.tensor(1, 8, 8, 2)
    options = [(0, "Int8", 0), (1, "Int32", 1), (2, "Int32", 1)]
    net.operator("CONV_2D", [0, weights, bias], [3], options)
    data = net.write()
    path = tmp_path / "tiny.tflite"
    path.write_bytes(data)
    return _record(data, "tflite", _contract("NHWC", "t0", "t3")), path


@pytest.fixture
def network(tmp_path):
    rng = np.random.default_rng(1)
    weights = [rng.normal(size=shape).astype(np.float32) for shape in ((4, 3, 3, 3), (2, 4, 1, 1))]
    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["a"], name="first", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"], name="relu"),
        helper.make_node("Conv", ["b", "w1"], ["y"], name="last"),
    ]
    ends = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, 8, 8])]
        for name, channels in (("x", 3), ("y", 2))
    ]
    initializers = [numpy_helper.from_array(w, f"w{i}") for i, w in enumerate(weights)]
    model = helper.make_model(
        helper.make_graph(nodes, "tiny", *ends, initializers),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    data = model.SerializeToString()
    path = tmp_path / "tiny.onnx"
    path.write_bytes(data)
    return _record(data, "onnx", _contract("NCHW", "x", "y")), path


def _mask(path, contract, photo):
    session = open_session(path)
    (output,) = session.run(None, {contract.input.name: prepare(photo, contract.input)})
    return read_mask(output, contract.output)


def _run(file, photo):
    """The mask of a form, in the runtime that reads it."""
    runtime = RUNTIMES.get({"onnx": "onnxruntime", "tflite": "litert"}[file.format])
    segmenter = runtime.load(file, RuntimeSettings())
    try:
        return segmenter(photo)
    finally:
        segmenter.close()


def test_the_original_is_used_where_it_fits(tflite, tmp_path):
    record, path = tflite
    file = resolve(record, path, formats=("tflite",), precision="float32", cache_dir=tmp_path / "c")
    assert (file.path, file.sha256, file.derivation) == (path, record.sha256, "")
    assert not (tmp_path / "c").exists()


def test_tflite_is_converted_once_for_a_runtime_of_onnx(tflite, tmp_path, monkeypatch):
    record, path = tflite
    first = resolve(record, path, formats=ONNX, precision="float32", cache_dir=tmp_path / "c")
    assert first.sha256 == sha256_of(first.path.read_bytes())
    assert first.contract.input.layout == "NCHW"
    _mask(first.path, first.contract, next(_photos()()))
    monkeypatch.setattr(float32, "convert_tflite", lambda path: pytest.fail("converted again"))
    assert resolve(record, path, formats=ONNX, precision="float32", cache_dir=tmp_path / "c") == (
        first
    )


WRONG = {
    "input": {"mean": (0.9, 0.1, 0.4), "std": (0.2, 3.0, 0.5)},
    "output": {"hair": 0},
}
"""Another contract for the same file: every mask is another one."""


@pytest.mark.parametrize("table", WRONG)
@pytest.mark.parametrize(
    ("source", "given"),
    [
        ("tflite", {"formats": ONNX, "precision": "float32"}),
        ("network", {"formats": ONNX, "precision": "float32", "passes": ("pixel-input",)}),
        ("network", {"formats": ONNX, "precision": "float16"}),
        ("network", {"formats": ONNX, "precision": "int8"}),
        ("network", {"formats": ("tflite",), "precision": "float32"}),
        ("network", {"formats": ("tflite",), "precision": "int8"}),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(map(str, value.values())),
)
def test_a_form_belongs_to_a_file_and_its_contract(source, given, table, request, tmp_path):
    """Made under another contract before, it gives the masks of the contract of today."""
    record, path = request.getfixturevalue(source)
    told = {"cache_dir": tmp_path / "c", **given}
    if given["precision"] == "int8":
        told |= {"calibration": _photos(40), "method": "minmax"}
    entry = getattr(record.contract, table).model_copy(update=WRONG[table])
    wrong = record.model_copy(
        update={"contract": record.contract.model_copy(update={table: entry})}
    )
    photos = list(_photos()())
    masks = []
    for one in (wrong, record, wrong):
        file = resolve(one, path, **told)
        original = resolve(one, path, formats=(one.format,), precision="float32")
        masks.append([_run(file, photo) for photo in photos])
        expected = [_run(original, photo) for photo in photos]
        close = 0.15 if given["precision"] == "int8" else 5e-3
        assert np.abs(np.subtract(masks[-1], expected)).max() < close
    assert np.abs(np.subtract(masks[0], masks[1])).max() > 0.5, "the contracts differ in something"
    assert np.array_equal(masks[0], masks[2])


def test_a_form_is_made_anew_by_another_version_of_what_makes_it(tflite, tmp_path, monkeypatch):
    record, path = tflite
    first = resolve(record, path, formats=ONNX, precision="float32", cache_dir=tmp_path / "c")
    known = cache.toolchain()
    for key in known:
        monkeypatch.setattr(cache, "toolchain", lambda key=key: {**known, key: "another"})
        again = resolve(record, path, formats=ONNX, precision="float32", cache_dir=tmp_path / "c")
        assert again.path != first.path
        assert again.sha256 == first.sha256


def test_the_code_that_makes_forms_is_part_of_their_key(tmp_path, monkeypatch):
    """A changed line makes other forms, though nobody raised a number."""
    package = tmp_path / "hairopt"
    for name in ("convert/tflite/to_onnx.py", "models/tensors.py", "report/page.py"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("a = 1\n")
    monkeypatch.setattr(cache, "_PACKAGE", package)
    found = []
    for name in (None, "convert/tflite/to_onnx.py", "models/tensors.py", "report/page.py"):
        if name:
            (package / name).write_text("a = 2\n")
        found.append(cache.toolchain.__wrapped__()["hairopt"])
    assert len(set(found)) == 3
    assert found[2] == found[3], "a page of the report makes no network"


@pytest.mark.parametrize("damage", ["cut", "mark", "leftover", "nested", "other"])
def test_a_damaged_cache_is_made_anew(damage, tflite, tmp_path):
    record, path = tflite
    cache = tmp_path / "c"
    first = resolve(record, path, formats=ONNX, precision="float32", cache_dir=cache)
    if damage == "cut":
        first.path.write_bytes(first.path.read_bytes()[:-9])
    elif damage == "mark":
        first.path.with_suffix(".json").unlink()
    elif damage == "nested":
        first.path.with_suffix(".json").write_text("[" * 50_000)
    elif damage == "other":
        first.path.with_suffix(".json").write_text('{"sha256": 3, "facts": {}}')
    else:
        first.path.unlink()
    again = resolve(record, path, formats=ONNX, precision="float32", cache_dir=cache)
    assert again == first
    assert sha256_of(again.path.read_bytes()) == first.sha256


@needs_fork
def test_of_two_processes_that_want_a_form_one_makes_it(tmp_path):
    made = []

    def want(make=lambda: made.append(1) or b"form"):
        return cache.cached(tmp_path, {"of": "tiny"}, make, facts=lambda: {"made": len(made)})

    def slow(wait):
        want(lambda: wait() or b"form")

    with waiting(slow) as go_on, ThreadPoolExecutor() as threads:
        second = threads.submit(want)
        time.sleep(0.2)
        assert not second.done()
        assert go_on() == ""
        assert second.result(timeout=30).path.read_bytes() == b"form"
    assert made == []
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".onnx"]


@needs_fork
def test_killed_at_every_step_a_form_is_whole_or_made_anew(tmp_path):
    def want(content=b"new", of="tiny"):
        return cache.cached(tmp_path, {"of": of}, lambda: content)

    found = []
    for _ in every_kill(want, tmp_path):
        form = want(b"old")
        found.append(form.path.read_bytes())
        assert sha256_of(found[-1]) == form.sha256
        want(of="other")
        suffixes = [path.suffix for path in tmp_path.iterdir()]
        assert sorted(suffixes) == 2 * [".json"] + 2 * [".onnx"]
        for path in tmp_path.iterdir():
            path.unlink()
    assert found == sorted(found, reverse=True)
    assert set(found) == {b"old", b"new"}


def test_a_failure_leaves_nothing_behind(tflite, tmp_path, monkeypatch):
    record, path = tflite

    def fail(path):
        raise ModelError("no")

    monkeypatch.setattr(float32, "convert_tflite", fail)
    with pytest.raises(ModelError):
        resolve(record, path, formats=ONNX, precision="float32", cache_dir=tmp_path / "c")
    assert not list(tmp_path.glob("c/*"))


def test_a_cache_that_cannot_be_written_is_said(tflite, tmp_path):
    record, path = tflite
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="cannot be written"):
        resolve(record, path, formats=ONNX, precision="float32", cache_dir=tmp_path / "file")


def test_float16_halves_the_weights_and_keeps_float32_ends(network, tmp_path):
    record, path = network
    file = resolve(record, path, formats=ONNX, precision="float16", cache_dir=tmp_path / "c")
    graph = onnx.load(file.path).graph
    assert {value.type.tensor_type.elem_type for value in (*graph.input, *graph.output)} == {
        TensorProto.FLOAT
    }
    assert {w.data_type for w in graph.initializer} == {TensorProto.FLOAT16}
    photo = next(_photos()())
    difference = _mask(file.path, file.contract, photo) - _mask(path, record.contract, photo)
    assert 0 < np.abs(difference).max() < 5e-3


def test_int8_is_close_and_calibration_is_part_of_the_key(network, tmp_path):
    record, path = network
    given = {"formats": ONNX, "precision": "int8", "cache_dir": tmp_path / "c"}
    file = resolve(record, path, calibration=_photos(), **given)
    kinds = [node.op_type for node in onnx.load(file.path).graph.node]
    assert kinds.count("QuantizeLinear") >= 2
    photo = next(_photos()())
    difference = _mask(file.path, file.contract, photo) - _mask(path, record.contract, photo)
    assert 0 < np.abs(difference).max() < 0.1
    assert resolve(record, path, calibration=_photos(), **given) == file
    other = resolve(record, path, calibration=_photos(7), **given)
    assert other.path != file.path


def test_what_is_counted_with_a_form_is_what_runs(network, tmp_path):
    record, path = network
    given = {"formats": ONNX, "precision": "int8", "cache_dir": tmp_path / "c"}
    file = resolve(record, path, calibration=_photos(), **given)
    ran = execution_of(RUNTIMES.get("onnxruntime"), file, RuntimeSettings())
    assert ran.operators == {"int8": file.coverage.int8, "float32": file.coverage.float32}
    assert file.coverage.int8["QLinearConv"] == 2
    assert file.coverage.float32 == {"Sigmoid": 1}


def test_int8_without_photos_is_unavailable(network, tmp_path):
    record, path = network
    with pytest.raises(UnavailableError, match="needs photos to calibrate"):
        resolve(record, path, formats=ONNX, precision="int8", cache_dir=tmp_path / "c")


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_photos_are_refused(count, network, tmp_path):
    record, path = network
    with pytest.raises(DataError, match=f"got {count} photo"):
        resolve(
            record,
            path,
            formats=ONNX,
            precision="int8",
            cache_dir=tmp_path / "c",
            calibration=_photos(count),
        )
    assert not list(tmp_path.glob("c/*"))


@pytest.mark.parametrize("precision", ["float16", "int8", "mixed"])
def test_a_runtime_of_tflite_gets_no_derived_form(precision, tflite, tmp_path):
    record, path = tflite
    with pytest.raises(UnavailableError, match="exists as ONNX only"):
        resolve(record, path, formats=("tflite",), precision=precision, cache_dir=tmp_path / "c")


def test_a_tflite_network_cannot_be_trimmed_for_a_runtime_of_tflite(tflite, tmp_path):
    record, path = tflite
    given = {"precision": "float32", "cache_dir": tmp_path / "c", "trim": True}
    with pytest.raises(UnavailableError, match="only networks stored as ONNX can be trimmed"):
        resolve(record, path, formats=("tflite",), **given)


def test_an_onnx_network_is_written_as_tflite_for_a_runtime_of_tflite(network, tmp_path):
    record, path = network
    file = resolve(record, path, formats=("tflite",), precision="float32", cache_dir=tmp_path / "c")
    assert file.format == "tflite"
    assert file.path.read_bytes()[4:8] == b"TFL3"
    assert file.contract.input.layout == "NHWC"


def test_mixed_is_unavailable_and_other_words_are_wrong(network, tmp_path):
    record, path = network
    with pytest.raises(UnavailableError, match="mixed"):
        resolve(record, path, formats=ONNX, precision="mixed", cache_dir=tmp_path / "c")
    with pytest.raises(ConfigError, match="float64"):
        resolve(record, path, formats=ONNX, precision="float64", cache_dir=tmp_path / "c")


@pytest.mark.parametrize("value", [np.inf, np.nan, 1e6])
def test_weights_that_float16_cannot_hold_are_refused(value, network, tmp_path):
    record, path = network
    model = onnx.load(path)
    weights = numpy_helper.to_array(model.graph.initializer[0]).copy()
    weights[0, 0, 0, 0] = value
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights, "w0"))
    onnx.save(model, path)
    with pytest.raises(ModelError, match="'w0'"):
        resolve(record, path, formats=ONNX, precision="float16", cache_dir=tmp_path / "c")


@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_a_damaged_original_is_a_model_error(precision, network, tmp_path):
    record, path = network
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ModelError):
        resolve(
            record,
            path,
            formats=ONNX,
            precision=precision,
            cache_dir=tmp_path / "c",
            calibration=_photos(),
        )


def test_the_bundled_network_has_an_int8_form_without_photos(tmp_path):
    record, path = find_model("hairnet")
    file = resolve(record, path, formats=ONNX, precision="int8", cache_dir=tmp_path / "c")
    assert file.sha256 == sha256_of(file.path.read_bytes()) != record.sha256
    assert not (tmp_path / "c").exists()
    photo = np.zeros((64, 64, 3), np.uint8)
    assert (
        np.abs(_mask(file.path, file.contract, photo) - _mask(path, record.contract, photo)).max()
        < 0.2
    )
