import ctypes
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from hairopt.convert.forms.resolve import resolve
from hairopt.convert.tflite.to_onnx import convert_tflite, converted_contract
from hairopt.errors import ModelError, UnavailableError
from hairopt.models.contract import ModelFile
from hairopt.models.store import find_model
from hairopt.runtimes import RUNTIMES, mediapipe_runtime
from hairopt.runtimes.protocol import RuntimeSettings, Segmenter

NETWORKS = [
    ("onnxruntime", "hairnet"),
    ("litert", "mediapipe_hair"),
    ("mediapipe", "mediapipe_hair"),
]


def load(runtime: str, file: ModelFile, **settings) -> Segmenter:
    return RUNTIMES.get(runtime).load(file, RuntimeSettings(**settings))


@pytest.fixture(params=NETWORKS, ids=lambda pair: pair[0])
def loaded(request: pytest.FixtureRequest):
    runtime, name = request.param
    segmenter = load(runtime, request.getfixturevalue(name))
    yield segmenter
    segmenter.close()


class TestEveryRuntime:
    @pytest.mark.parametrize("sides", [(1, 1), (3000, 20), (20, 3000), (512, 512), (257, 255)])
    def test_any_photo_gives_the_networks_own_mask(self, loaded, sides) -> None:
        image = np.random.default_rng(0).integers(0, 256, (*sides, 3), dtype=np.uint8)
        mask = loaded(image)
        assert mask.shape in ((288, 288), (512, 512))
        assert mask.dtype == np.float32
        assert mask.min() >= 0
        assert mask.max() <= 1

    def test_the_same_photo_gives_the_same_mask_in_a_fresh_array(self, loaded, photos) -> None:
        first = loaded(photos[0])
        kept = first.copy()
        loaded(photos[1])
        np.testing.assert_array_equal(first, kept)
        first[...] = 0
        np.testing.assert_array_equal(loaded(photos[0]), kept)

    def test_the_photo_is_left_alone(self, loaded) -> None:
        image = np.full((512, 512, 3), 77, np.uint8)
        loaded(image)
        assert (image == 77).all()

    def test_a_view_of_a_picture_will_do(self, loaded, photos) -> None:
        wide = np.repeat(photos[0], 2, axis=1)
        np.testing.assert_array_equal(loaded(wide[:, ::2]), loaded(photos[0]))

    def test_closing_twice_is_harmless_and_using_it_afterwards_is_an_error(self, loaded) -> None:
        loaded.close()
        loaded.close()
        with pytest.raises(ModelError, match="was closed"):
            loaded(np.zeros((8, 8, 3), np.uint8))

    @pytest.mark.parametrize(("runtime", "name"), NETWORKS)
    def test_file_names_may_hold_anything(self, request, tmp_path, runtime, name) -> None:
        file = request.getfixturevalue(name)
        path = tmp_path / f"-ein größeres 頭髪.{file.format}"
        shutil.copy(file.path, path)
        load(runtime, file.model_copy(update={"path": path})).close()

    @pytest.mark.parametrize(("runtime", "name"), NETWORKS)
    def test_a_damaged_file_is_named(self, request, tmp_path, runtime, name) -> None:
        file = request.getfixturevalue(name)
        path = tmp_path / f"cut.{file.format}"
        for content in (b"", b"no network", file.path.read_bytes()[:200_000]):
            path.write_bytes(content)
            with pytest.raises(ModelError, match=str(path)):
                load(runtime, file.model_copy(update={"path": path}))

    @pytest.mark.parametrize("runtime", ["onnxruntime", "litert", "mediapipe"])
    def test_can_run_here_and_says_which_version(self, runtime: str) -> None:
        RUNTIMES.get(runtime).check()
        assert RUNTIMES.get(runtime).version()[0].isdigit()

    @pytest.mark.parametrize(
        ("runtime", "fix"),
        [
            ("onnxruntime", "pip install onnxruntime"),
            ("litert", 'pip install "hairopt[litert]"'),
            ("mediapipe", "pip install mediapipe"),
        ],
    )
    def test_absent_it_names_the_command(self, runtime, fix, monkeypatch) -> None:
        monkeypatch.setattr("hairopt.runtimes.installed.find_spec", lambda _: None)
        with pytest.raises(UnavailableError) as caught:
            RUNTIMES.get(runtime).check()
        assert caught.value.fix == fix


class TestAgreement:
    """One network, three runtimes, real photos."""

    def test_masks_at_a_half_are_equal_to_three_pixels_at_most(
        self, mediapipe_hair, photos, tmp_path
    ) -> None:
        onnx = tmp_path / "converted.onnx"
        onnx.write_bytes(convert_tflite(mediapipe_hair.path).SerializeToString())
        converted = mediapipe_hair.model_copy(
            update={
                "path": onnx,
                "format": "onnx",
                "contract": converted_contract(mediapipe_hair.contract),
            }
        )
        segmenters = [
            load("litert", mediapipe_hair),
            load("mediapipe", mediapipe_hair),
            load("onnxruntime", converted),
        ]
        far, pixels = 0, 0
        for photo in photos:
            first, *others = [segmenter(photo) for segmenter in segmenters]
            assert first.max() > 0.9, "hair is found"
            for other in others:
                # Ties of max pooling are broken differently: single pixels, by up to 0.02 so far.
                assert np.count_nonzero((first > 0.5) != (other > 0.5)) <= 3
                difference = np.abs(first - other)
                assert difference.max() < 0.05
                far += int((difference > 1e-4).sum())
                pixels += difference.size
        assert far / pixels < 0.005
        for segmenter in segmenters:
            segmenter.close()

    def test_hair_is_found_where_people_marked_it(self, shared_dir, hairnet, mediapipe_hair):
        folder = shared_dir / "data" / "figaro_dev"
        for segmenter in (load("onnxruntime", hairnet), load("litert", mediapipe_hair)):
            overlaps = []
            for path in sorted((folder / "images").iterdir())[::14]:
                truth = cv2.imread(str(folder / "masks" / f"{path.stem}.png"), 0) > 127
                mask = segmenter(cv2.imread(str(path))[..., ::-1])
                mask = cv2.resize(mask, truth.shape[::-1]) > 0.5
                overlaps.append((mask & truth).sum() / (mask | truth).sum())
            assert np.mean(overlaps) > 0.75


class TestInputSize:
    @pytest.mark.parametrize(
        ("runtime", "name", "size"),
        [("onnxruntime", "hairnet", 192), ("litert", "mediapipe_hair", 384)],
    )
    def test_another_one_where_the_graph_allows_it(self, request, photos, runtime, name, size):
        file = request.getfixturevalue(name)
        own, other = load(runtime, file), load(runtime, file, input_size=size)
        agreement = []
        for photo in photos:
            small, large = other(photo), own(photo)
            assert small.shape == (size, size)
            large = cv2.resize(large, (size, size), interpolation=cv2.INTER_AREA)
            agreement.append(np.mean((small > 0.5) == (large > 0.5)))
        assert np.median(agreement) > 0.85

    @pytest.mark.parametrize(
        ("runtime", "name", "size"),
        [
            ("onnxruntime", "hairnet", 100),
            ("litert", "mediapipe_hair", 300),
            ("mediapipe", "mediapipe_hair", 256),
        ],
    )
    def test_and_a_reason_where_not(self, request, runtime, name, size) -> None:
        with pytest.raises(UnavailableError, match=f"{size}"):
            load(runtime, request.getfixturevalue(name), input_size=size)

    @pytest.mark.parametrize(("runtime", "name"), NETWORKS)
    def test_its_own_size_may_be_asked_for(self, request, photos, runtime, name) -> None:
        file = request.getfixturevalue(name)
        asked = load(runtime, file, input_size=file.contract.input.height)
        np.testing.assert_array_equal(asked(photos[0]), load(runtime, file)(photos[0]))
        asked.close()


class TestContradictions:
    def test_another_name_size_or_type_is_refused(self, hairnet: ModelFile) -> None:
        for part, values, words in (
            ("input", {"name": "photo"}, "input 'photo' .* not in the file .it has: 'image'"),
            ("input", {"height": 128}, "the contract says 1 x 3 x 128 x 288"),
            ("output", {"dtype": "float16"}, "holds float32, the contract says float16"),
            ("output", {"channels": 2}, "output 'hair' has shape 1 x 1 x"),
        ):
            changed = getattr(hairnet.contract, part).model_copy(update=values)
            contract = hairnet.contract.model_copy(update={part: changed})
            with pytest.raises(ModelError, match=words):
                load("onnxruntime", hairnet.model_copy(update={"contract": contract}))

    def test_litert_looks_too(self, mediapipe_hair: ModelFile) -> None:
        changed = mediapipe_hair.contract.input.model_copy(update={"extra_channels": 0})
        contract = mediapipe_hair.contract.model_copy(update={"input": changed})
        with pytest.raises(ModelError, match="1 x 512 x 512 x 4, the contract says"):
            load("litert", mediapipe_hair.model_copy(update={"contract": contract}))


class TestMediaPipe:
    def test_a_network_without_its_metadata_is_for_litert(self, mediapipe_hair, tmp_path) -> None:
        path = tmp_path / "plain.tflite"
        path.write_bytes(
            mediapipe_hair.path.read_bytes().replace(b"TFLITE_METADATA", b"XXXXXX_METADATA")
        )
        with pytest.raises(UnavailableError, match=r"no MediaPipe metadata.*runtime litert"):
            load("mediapipe", mediapipe_hair.model_copy(update={"path": path}))

    def test_without_a_system_library_it_is_unavailable(self, hairnet, monkeypatch) -> None:
        bundled = resolve(
            hairnet.record, hairnet.path, formats=("tflite",), precision="float32",
            cache_dir=None,
        )  # fmt: skip
        monkeypatch.setattr(mediapipe_runtime, "_create", lambda path: ctypes.CDLL("libGL_.so.1"))
        with pytest.raises(UnavailableError, match=r"libGL_\.so\.1 is not installed"):
            load("mediapipe", bundled)

    @pytest.mark.parametrize(
        ("table", "told", "words"),
        [
            ("input", {"mean": (0.4, 0.5, 0.6)}, "mean 0.4 0.5 0.6, not 0"),
            ("input", {"std": (0.5, 0.5, 0.5)}, "std 0.5 0.5 0.5, not 1"),
            ("input", {"channel_order": "BGR"}, "BGR, MediaPipe feeds RGB"),
            ("output", {"kind": "logits"}, "activation sigmoid on logits, not none"),
        ],
    )
    def test_a_contract_that_its_metadata_contradict_is_for_litert(
        self, hairnet, table, told, words
    ) -> None:
        """MediaPipe would follow the metadata without a word: masks of another contract."""
        file = resolve(hairnet.record, hairnet.path, formats=("tflite",), precision="float32")
        load("mediapipe", file).close()
        changed = getattr(file.contract, table).model_copy(update=told)
        contract = file.contract.model_copy(update={table: changed})
        other = file.model_copy(update={"contract": contract})
        with pytest.raises(UnavailableError, match=f"{words}.*runtime litert"):
            load("mediapipe", other)
        if told.get("channel_order") != "BGR":
            load("litert", other).close()

    def test_two_threads_are_not_to_be_had(self, mediapipe_hair) -> None:
        with pytest.raises(UnavailableError, match="one thread"):
            load("mediapipe", mediapipe_hair, threads=2)

    def test_leaves_quietly_even_if_nobody_closed_it(self, shared_dir: Path) -> None:
        """Native chatter at loading, and the complaints of __del__ at exit, stay away."""
        ran = subprocess.run(
            [sys.executable, "-c", USE_UNCLOSED, str(shared_dir)],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "(512, 512)\n", "")


USE_UNCLOSED = """
import sys
from pathlib import Path
import numpy as np
from hairopt.models.contract import ModelFile
from hairopt.models.records import shipped_records
from hairopt.runtimes.mediapipe_runtime import RUNTIME
from hairopt.runtimes.protocol import RuntimeSettings
record = shipped_records()["mediapipe-hair"]
file = ModelFile(
    record=record, path=Path(sys.argv[1]) / "models" / "hair_segmenter.tflite", format="tflite",
    precision="float32", sha256=record.sha256, contract=record.contract,
)
segment = RUNTIME.load(file, RuntimeSettings())
print(segment(np.zeros((700, 500, 3), np.uint8)).shape)
"""


def test_the_bundled_network_needs_no_store(hairnet: ModelFile) -> None:
    assert hairnet.path == find_model("hairnet")[1]
