"""Nothing leaves the machine: commands are run under strace, and what they open is looked at.

All of them run side by side, and every process of theirs is kept alive for half a minute, because a
library that reports usage takes its time. See ``tests.offline.tracing`` for what counts.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from hairopt.offline.quiet import ENVIRONMENT
from tests.cli.conftest import add_case
from tests.offline import tracing

pytestmark = pytest.mark.slow
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
AGE_S = 30.0
QUICK = ("--rounds", "2", "--warmup", "0", "--shade", "violet")
LIBRARIES = {
    "onnxruntime": "onnxruntime_pybind11_state",
    "litert": "ai_edge_litert/",
    "openvino": "libopenvino",
    "mediapipe": "libmediapipe",
}
"""Runtime -> a part of the path of its library."""

LIBRARIES_OF = {f"bench in {runtime}": library for runtime, library in LIBRARIES.items()}
"""Command -> the same, where it is not onnxruntime alone."""

COMPILES_ANEW = "bench in onnxruntime"
"""The others find the compiled loops of the tests: compiling takes each some seconds."""

HURRIED = "optimize"
"""It measures against the clock, so the others give way to it."""

PLAIN = "import onnxruntime"


def hairopt(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "hairopt", *arguments)


COMMANDS = {
    **{
        f"bench in {runtime}": hairopt(
            "bench", "--dataset", "{data}", *QUICK, "--variant", f"{{data}}/{runtime}.toml"
        )
        for runtime in LIBRARIES
    },
    "compare": hairopt("compare", "float32", "int8", "--dataset", "{data}", "--rounds", "3"),
    "optimize": hairopt(
        "optimize", "--baseline", "float32", "--dataset", "{data}", "--budget", "60s",
        "--knob", "encoder", "--shade", "violet",
    ),
    "profile": hairopt(
        "profile", "--variant", "float32", "--photo", "{data}/images/a.jpg", "--requests", "3",
        "--out", "profile",
    ),
    "models quantize": hairopt(
        "models", "quantize", "hairnet", "--precision", "int8", "--calibrate", "{data}/photos",
        "--few-photos", "--dataset", "{data}",
    ),
    "golden record": hairopt(
        "golden", "record", "set", "--dataset", "{data}", "--variant", "float32"
    ),
    "golden check": hairopt("golden", "check", "{data}/golden", "--dataset", "{data}"),
    "recolor": hairopt("recolor", "{data}/images/a.jpg", "-o", "dyed.jpg", "--shade", "violet"),
}  # fmt: skip
if importlib.util.find_spec("torch"):
    COMMANDS["distill"] = hairopt(
        "distill", "{data}/photos", "--out", "run", "--teacher", "hairnet", "--epochs", "1"
    )
    LIBRARIES_OF["distill"] = "libtorch_cpu"


class Place:
    """The folders of one traced command, and its whole environment."""

    def __init__(self, root: Path, data: Path) -> None:
        self.data = data
        self.out, self.home, self.tmp = root / "out", root / "home", root / "tmp"
        self.user, self.log = root / "user", root / "log"
        for folder in (self.out, self.home, self.tmp, self.user, self.log):
            folder.mkdir(parents=True)
        # Nothing of this process's environment: some libraries are quiet where they see CI.
        self.environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
            "LANG": "C.UTF-8",
            "HOME": str(self.user),
            "HAIROPT_HOME": str(self.home),
            "TMPDIR": str(self.tmp),
            "PYTHONPATH": f"{HERE / 'kept_alive'}{os.pathsep}{ROOT}",
            "PYTHONDONTWRITEBYTECODE": "1",  # pip does it when it installs
            "KEPT_ALIVE_S": str(AGE_S),
        }

    def keep_machine_code(self) -> None:
        """Give the command the compiled loops of the tests, if there are any yet."""
        made = Path(os.environ["NUMBA_CACHE_DIR"])
        if made.is_dir():
            shutil.copytree(made, self.home / "cache" / "numba")

    def start(self, command: tuple[str, ...], *, is_hurried: bool) -> tracing.Tracing:
        filled = [argument.format(data=self.data) for argument in command]
        niceness = 0 if is_hurried else 10
        return tracing.start(filled, self.log, self.out, self.environment, niceness)

    def written_elsewhere(self, trace: tracing.Trace) -> list[str]:
        return trace.written(self.out, self.home, self.tmp)


def statuses(name: str, place: Place) -> set[int]:
    """What the command may end with: 0, or 3 for an ``optimize`` that confirmed nothing.

    It ends with 0, too, if it measured everything and found the baseline good.
    """
    nothing_confirmed = name == "optimize" and not list(place.out.rglob("runs/*/run.json"))
    return {0, 3} if nothing_confirmed else {0}


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Two photos, variants for every runtime, and a golden set."""
    folder = tmp_path_factory.mktemp("traced-data")
    for name, size in (("a", 96), ("b", 88)):
        add_case(folder, name, size=size)
        add_case(folder / "other", name, size=size // 2)
    (folder / "other" / "images").rename(folder / "photos")
    for runtime in LIBRARIES:
        text = f'name = "{runtime}"\nextends = "float32"\n[segment]\nruntime = "{runtime}"\n'
        (folder / f"{runtime}.toml").write_text(text)
    golden = hairopt("golden", "record", "golden", "--dataset", ".", "--variant", "float32")
    subprocess.run(golden, cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def traced(data, tmp_path_factory) -> dict[str, tuple[Place, tracing.Trace]]:
    """Everything, side by side; the plain script among it."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    root = tmp_path_factory.mktemp("traced").resolve()
    places = {name: Place(root / name.replace(" ", "-"), data) for name in [*COMMANDS, "plain"]}
    for name, place in places.items():
        if name != COMPILES_ANEW:
            place.keep_machine_code()
    commands = {**COMMANDS, "plain": (sys.executable, "-c", PLAIN)}
    running = {
        name: place.start(commands[name], is_hurried=name == HURRIED)
        for name, place in places.items()
    }
    return {name: (place, running[name].finish()) for name, place in places.items()}


@pytest.fixture(params=COMMANDS)
def one(request, traced) -> tuple[str, Place, tracing.Trace]:
    return request.param, *traced[request.param]


def test_the_command_did_its_work_and_was_watched_long_enough(one):
    name, place, trace = one
    assert trace.status in statuses(name, place), trace.stderr
    ages = [process.age_s for process in trace.python_processes()]
    old = [age for age in ages if age >= AGE_S]
    assert len(old) > ("bench" in name or name in ("compare", "optimize", "profile"))
    assert len(old) == len(ages) or name == HURRIED  # which ends workers that are late
    assert trace.loaded(LIBRARIES_OF.get(name, LIBRARIES["onnxruntime"]))


def test_no_socket_leads_out_of_the_machine(one):
    """MediaPipe tries, and is refused."""
    name, _, trace = one
    tries = name == "bench in mediapipe"
    assert trace.sockets(opened_only=tries) == [], trace.addresses()


def test_nothing_is_written_but_where_it_belongs(one):
    _, place, trace = one
    assert place.written_elsewhere(trace) == []


def test_the_kernel_was_asked_to_refuse_sockets_to_every_process(one):
    _, _, trace = one
    for process in trace.python_processes():
        filters = [call for call in process.calls if call.name == "seccomp"]
        assert filters, process.program
        assert all(call.succeeded for call in filters)


def test_what_onnxruntime_does_by_itself_would_be_seen(traced):
    """Imported alone it reports; if this version does not, the tests above prove less."""
    place, trace = traced["plain"]
    assert trace.status == 0, trace.stderr
    major, minor = map(int, metadata.version("onnxruntime").split(".")[:2])
    if (major, minor) < (1, 29):  # the last ones for Python 3.10, which do not report yet
        assert not trace.sockets(opened_only=True)
        return
    assert trace.sockets(opened_only=True)
    assert any("AF_INET" in call for call in trace.addresses())
    (cache,) = {path for path in place.written_elsewhere(trace) if path.endswith("deviceid")}
    assert Path(cache).is_relative_to(place.user)
    assert not ENVIRONMENT.keys() & place.environment.keys()
