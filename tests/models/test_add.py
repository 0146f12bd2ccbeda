import shutil
from contextlib import suppress
from pathlib import Path

import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hairopt.errors import ConfigError, ModelError
from hairopt.models.add import add
from hairopt.models.file_summary import FileSummary, TensorInfo, summarize
from hairopt.models.guess import guess_input, guess_output
from hairopt.models.store import find_model, list_models

TOLD = {"licence": "MIT", "output_values": {"kind": "logits", "hair": 1}}


class TestKnownHash:
    def test_needs_no_words_under_any_name(self, shared_dir: Path, tmp_path: Path) -> None:
        copy = tmp_path / "-net, ünknown.bin"
        shutil.copy(shared_dir / "models" / "hair_segmenter.tflite", copy)
        record = add(copy).record
        assert record.name == "mediapipe-hair"
        assert find_model("mediapipe-hair")[1].read_bytes() == copy.read_bytes()

    def test_of_the_bundled_network_copies_nothing(self, own_home: Path) -> None:
        added = add(find_model("hairnet")[1])
        assert (added.record.origin, added.outcome) == ("bundled", "unchanged")
        assert not own_home.exists()

    def test_added_before_restores_a_lost_file(self, tiny_onnx) -> None:
        path = tiny_onnx()
        add(path, **TOLD)
        find_model("tiny")[1].unlink()
        assert add(path).record.name == "tiny"
        assert find_model("tiny")[0].licence == "MIT"


class TestWhatTheFileSays:
    def test_is_not_asked_for(self, tiny_onnx) -> None:
        record = add(tiny_onnx(channels=1, last="Sigmoid"), licence="MIT").record
        entry, answer = record.contract.input, record.contract.output
        assert (entry.name, entry.layout, entry.height, entry.width) == ("photo", "NCHW", 8, 6)
        assert (answer.name, answer.kind, answer.channels, answer.hair) == (
            "answer", "sigmoid", 1, 0,
        )  # fmt: skip

    def test_and_what_it_does_not_is_listed_in_one_error(self, tiny_onnx) -> None:
        path = tiny_onnx(shape=(1, 3, "rows", "columns"))
        with pytest.raises(ConfigError) as caught:
            add(path)
        message = str(caught.value)
        for key in ("licence", "input.height", "input.width", "output.kind", "output.hair"):
            assert f"\n  {key}: " in message
        assert "output.channels" not in message
        example = message.split("for example:\n\n")[1]
        Path(f"{path}.toml").write_text(example)
        assert add(path).record.contract.input.height == 256, "the example is a file that works"

    def test_open_sizes_can_be_told(self, tiny_onnx) -> None:
        path = tiny_onnx(shape=(1, 3, "rows", None))
        record = add(path, input_values={"height": 40, "width": 30}, **TOLD).record
        assert (record.contract.input.height, record.contract.input.width) == (40, 30)

    @pytest.mark.parametrize(
        ("shape", "layout", "extra"),
        [
            ((1, 3, 8, 6), "NCHW", 0),
            ((1, 8, 6, 3), "NHWC", 0),
            ((1, 8, 6, 4), "NHWC", 1),
            ((None, 4, "h", "w"), "NCHW", 1),
            ((1, 3, 5, 3), None, None),
        ],
    )
    def test_layout_by_where_three_or_four_channels_are(self, shape, layout, extra) -> None:
        found = guess_input(facts(TensorInfo("x", shape, "float32")), {})
        assert found.get("layout") == layout
        assert found.get("extra_channels") == extra

    @pytest.mark.parametrize(
        ("tensor", "expected"),
        [
            (TensorInfo("y", (1, 2, 8, 6), "float32"), {"layout": "NCHW", "channels": 2}),
            (TensorInfo("y", (1, 8, 6, 2), "float32"), {"layout": "NHWC", "channels": 2}),
            (TensorInfo("y", (1, 8, 6, 1), "float32", made_by="SIGMOID"),
             {"kind": "sigmoid", "hair": 0}),
            (TensorInfo("y", (1, 8, 6, 3), "uint8", 0.5, 7, "SOFTMAX"),
             {"kind": "softmax", "quantization": {"scale": 0.5, "zero_point": 7}}),
            (TensorInfo("y", (1, 8, 6), "int64", made_by="ARGMAX"), {"kind": "class_map"}),
        ],
    )  # fmt: skip
    def test_outputs(self, tensor: TensorInfo, expected: dict) -> None:
        found = guess_output(facts(tensor), "NCHW", {})
        assert expected.items() <= found.items()

    def test_the_hairs_class_of_a_map_is_always_asked_for(self) -> None:
        tensor = TensorInfo("y", (1, 1, 8, 6), "int64")
        assert "hair" not in guess_output(facts(tensor), "NCHW", {})
        probably = TensorInfo("y", (1, 1, 8, 6), "float32")
        assert "hair" not in guess_output(facts(probably), "NCHW", {"kind": "class_map"})

    def test_two_inputs_are_refused(self) -> None:
        both = (TensorInfo("a", (1, 3, 8, 8), "float32"), TensorInfo("b", (1,), "float32"))
        with pytest.raises(ModelError, match=r"2 inputs \(a, b\)"):
            guess_input(FileSummary(Path("n"), "onnx", 1, "", 0, {}, both, ()), {})


class TestWords:
    def test_the_toml_beside_is_read_and_options_win(self, tiny_onnx) -> None:
        path = tiny_onnx("net.onnx")
        path.with_suffix(".toml").write_text(
            'licence = "MIT"\nname = "from-toml"\n[input]\nmean = [0.5, 0.5, 0.5]\n'
            '[output]\nkind = "softmax"\nhair = 1\n'
        )
        record = add(path, name="chosen", output_values={"hair": 0}).record
        assert record.name == "chosen"
        assert record.licence == "MIT"
        assert record.contract.input.mean == (0.5, 0.5, 0.5)
        assert (record.contract.output.kind, record.contract.output.hair) == ("softmax", 0)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (
                'license = "MIT"',
                "line 1: unknown key 'license'; did you mean 'licence'. .allowed: name, licence",
            ),
            ("input = 3", "line 1: input = 3 is not valid; allowed is a table"),
            ("= 1", "line 1, column 1: invalid statement"),
            (
                "[output]\nhair = 1\nkind = 'logit'\n",
                "output.kind = 'logit' is not valid; did you mean 'logits'",
            ),
            ("[input]\nmeen = [1, 1, 1]\n", "meen"),
        ],
    )
    def test_a_wrong_toml_names_file_key_and_value(self, tiny_onnx, text, words) -> None:
        path = tiny_onnx()
        Path(f"{path}.toml").write_text(text)
        with pytest.raises(ConfigError, match=f"(?s)tiny.onnx.*{words}"):
            add(path, **({} if "output" in text else TOLD) | {"licence": "MIT"})

    @pytest.mark.parametrize(
        ("file", "name"),
        [("-o rm.onnx", "o-rm"), ("größer als.onnx", "gr-er-als"), ("a.b.onnx", "a.b")],
    )
    def test_names_come_from_any_file_name(self, tiny_onnx, file: str, name: str) -> None:
        assert add(tiny_onnx(file), **TOLD).record.name == name
        assert find_model(name)[1].is_file()

    def test_a_file_name_that_makes_no_name(self, tiny_onnx) -> None:
        with pytest.raises(ConfigError, match="--name"):
            add(tiny_onnx("頭髪.onnx"), **TOLD)

    @pytest.mark.parametrize("name", ["../evil", "", " ", "a/b", "-x", "x" * 81])
    def test_names_that_are_no_file_names_are_refused(self, tiny_onnx, name: str) -> None:
        path = tiny_onnx("-.onnx" if not name else "tiny.onnx")
        with pytest.raises(ConfigError, match="name"):
            add(path, name=name, **TOLD)

    def test_what_contradicts_the_file_is_refused(self, tiny_onnx) -> None:
        with pytest.raises(ModelError, match="shape 1 x 3 x 8 x 6, the contract says 1 x 3 x 9"):
            add(tiny_onnx(), input_values={"height": 9}, **TOLD)
        with pytest.raises(ModelError, match=r"output 'nix' of the contract.*it has: 'answer'"):
            add(tiny_onnx(), licence="MIT", output_values={
                "name": "nix", "layout": "NCHW", "kind": "logits", "channels": 2, "hair": 1,
            })  # fmt: skip


class TestCollision:
    def test_same_name_other_hash_is_refused_unless_told(self, tiny_onnx) -> None:
        first = add(tiny_onnx(), **TOLD).record
        other = tiny_onnx(weight=2.0)
        with pytest.raises(ConfigError, match=f"taken by the added model.*{first.sha256}"):
            add(other, **TOLD)
        second = add(other, replace=True, **TOLD).record
        assert find_model("tiny")[0].sha256 == second.sha256 != first.sha256
        assert len(list(find_model("tiny")[1].parent.glob("*.onnx"))) == 1

    def test_a_contract_can_be_corrected(self, tiny_onnx) -> None:
        path = tiny_onnx()
        add(path, **TOLD)
        add(path, licence="MIT", output_values={"kind": "logits", "hair": 0}, replace=True)
        assert find_model("tiny")[0].contract.output.hair == 0

    @pytest.mark.parametrize("name", ["hairnet", "mediapipe-hair"])
    def test_names_of_the_package_cannot_be_taken(self, tiny_onnx, name: str) -> None:
        with pytest.raises(ConfigError, match="is taken by the"):
            add(tiny_onnx(), name=name, replace=True, **TOLD)

    def test_nothing_is_kept_of_what_is_refused(self, tiny_onnx, own_home: Path) -> None:
        with pytest.raises(ConfigError):
            add(tiny_onnx())
        assert not own_home.exists()
        assert len(list_models()) == len({"hairnet", "mediapipe-hair"})


class TestBadFiles:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "is empty"),
            (b"<html>not found</html>", "neither a TFLite nor an intact ONNX"),
            (b"\x1c\x00\x00\x00TFL3", "not an intact TFLite"),
            (b"\x08\x08", "neither a TFLite file nor an ONNX file with a graph"),
        ],
    )
    def test_are_named(self, tmp_path: Path, content: bytes, words: str) -> None:
        path = tmp_path / "net.onnx"
        path.write_bytes(content)
        with pytest.raises(ModelError, match=f"net.onnx.*{words}"):
            add(path)

    def test_absent_and_folder(self, tmp_path: Path) -> None:
        for path in (tmp_path / "nix.onnx", tmp_path):
            with pytest.raises(ModelError, match="cannot be read"):
                add(path)

    def test_huge(self, tmp_path: Path) -> None:
        path = tmp_path / "huge.onnx"
        with path.open("wb") as file:
            file.truncate(600 * 1024 * 1024)
        with pytest.raises(ModelError, match="at most 536870912 are accepted"):
            add(path)

    def test_weights_in_another_file_are_refused(self, tiny_onnx, tmp_path: Path) -> None:
        model = onnx.load(tiny_onnx())
        for location in ("../outside.bin", "weights.bin"):
            kernel = model.graph.initializer[0]
            kernel.ClearField("float_data")
            kernel.data_location = onnx.TensorProto.EXTERNAL
            del kernel.external_data[:]
            kernel.external_data.add(key="location", value=location)
            path = tmp_path / "external.onnx"
            path.write_bytes(model.SerializeToString())
            with pytest.raises(ModelError, match=f"other files .{location}.*SHA-256"):
                add(path)

    @settings(
        max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(cut=st.floats(0, 0.9), flip=st.integers(0, 255))
    def test_damage_ends_in_model_error_or_a_summary(self, shared_dir, tmp_path, cut, flip) -> None:
        for source in (shared_dir / "models" / "hair_segmenter.tflite", find_model("hairnet")[1]):
            data = bytearray(source.read_bytes())
            position = int(cut * (len(data) - 1))
            damaged = tmp_path / "damaged"
            damaged.write_bytes(data[:position])
            with pytest.raises(ModelError):
                summarize(damaged)
            data[position] ^= flip
            damaged.write_bytes(data)
            with suppress(ModelError):
                summarize(damaged)


def facts(tensor: TensorInfo) -> FileSummary:
    """A file that takes and gives this one tensor."""
    return FileSummary(Path("net"), "onnx", 1, "0" * 64, 0, {}, (tensor,), (tensor,))


@pytest.mark.parametrize("number", [onnx.TensorProto.INT8, 128])
def test_a_constant_of_another_type_than_its_values_is_refused(tiny_onnx, number):
    path = tiny_onnx()
    model = onnx.load(path)
    kernel = model.graph.initializer[0]
    kernel.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(kernel), kernel.name))
    kernel.data_type = number
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="'kernel' does not hold"):
        summarize(path)


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"height": 5000}, "height"),
        ({"extra_channels": 10**9}, "67108864 are allowed"),
        ({"mean": [float("nan"), 0.0, 0.0]}, "mean"),
        ({"std": [float("inf"), 1.0, 1.0]}, "std"),
        ({"quantization": {"scale": 1.0, "zero_point": 2**40}}, "zero_point"),
    ],
)
def test_a_contract_that_nothing_can_be_fed_by_is_refused(tiny_onnx, values, word):
    with pytest.raises(ConfigError, match=word):
        add(tiny_onnx(), **TOLD, input_values=values)
