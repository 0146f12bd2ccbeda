"""The only module that imports onnxruntime: sessions, profiles, optimised graphs, tools."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from hairopt.errors import ModelError, UnavailableError
from hairopt.runtimes.onnx_resize import first_line
from hairopt.runtimes.protocol import RuntimeSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    import onnx
    import onnxruntime

    Session: TypeAlias = onnxruntime.InferenceSession
    NodeArg: TypeAlias = onnxruntime.NodeArg

_DEFAULTS = RuntimeSettings()
_ERRORS_ONLY = 3
_LEVELS = {
    "none": "ORT_DISABLE_ALL",
    "basic": "ORT_ENABLE_BASIC",
    "extended": "ORT_ENABLE_EXTENDED",
    "all": "ORT_ENABLE_ALL",
}
_PROVIDERS = {
    "cpu": ("CPUExecutionProvider", "onnxruntime"),
    "cuda": ("CUDAExecutionProvider", "onnxruntime-gpu"),
    "coreml": ("CoreMLExecutionProvider", "onnxruntime"),
    "directml": ("DmlExecutionProvider", "onnxruntime-directml"),
}
"""Name -> onnxruntime's name for it, and the package with it (CoreML: the one for macOS)."""


@dataclass(frozen=True)
class NodeTime:
    """One node of a network in one inference, from onnxruntime's profiler.

    Attributes:
        name: name of the node.
        operator: its kind.
        ms: its time.
        taken, given: the types of its inputs and outputs, such as ``float`` and ``uint8``.
    """

    name: str
    operator: str
    ms: float
    taken: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


def open_session(
    network: onnx.ModelProto | bytes | str | Path,
    settings: RuntimeSettings = _DEFAULTS,
    *,
    called: str = "the network",
) -> Session:
    """Load a network.

    Args:
        network: the network, its bytes, or its file.
        settings: how it is executed; ``input_size`` is ignored.
        called: name of the network in messages.

    Raises:
        UnavailableError: the installed onnxruntime has no such provider, or cannot start it here.
        ModelError: onnxruntime cannot load the network.
    """
    return _open(network, settings, session_options(settings), called)


def optimized(model: onnx.ModelProto, level: str) -> onnx.ModelProto:
    """The network after onnxruntime's own graph optimisation.

    Args:
        model: the network.
        level: level of optimisation: ``none``, ``basic``, ``extended`` or ``all``.

    Raises:
        ModelError: onnxruntime cannot load it.
    """
    import onnx

    settings = RuntimeSettings(graph_optimization=level)
    with tempfile.TemporaryDirectory(prefix="hairopt-graph-") as folder:
        options = session_options(settings)
        options.optimized_model_filepath = str(Path(folder, "optimized.onnx"))
        _open(model, settings, options, "the network")
        return onnx.load(options.optimized_model_filepath)


def profiled(
    network: onnx.ModelProto | bytes | str | Path,
    feed: Mapping[str, Any],
    runs: int,
    settings: RuntimeSettings = _DEFAULTS,
) -> list[NodeTime]:
    """Run a network under onnxruntime's profiler, which slows it down a little.

    Args:
        network: as in ``open_session``.
        feed: input name -> tensor.
        runs: number of inferences; the first one is cold.
        settings: as in ``open_session``.

    Returns:
        Every node of every inference, in the order of execution.

    Raises:
        UnavailableError, ModelError: as in ``open_session``.
    """
    with tempfile.TemporaryDirectory(prefix="hairopt-profile-") as folder:
        options = session_options(settings)
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder, "nodes"))
        session = _open(network, settings, options, "the network")
        for _ in range(runs):
            session.run(None, feed)
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    suffix = "_kernel_time"
    return [
        NodeTime(
            event["name"].removesuffix(suffix),
            event["args"]["op_name"],
            event["dur"] / 1e3,
            _types(event["args"], "input_type_shape"),
            _types(event["args"], "output_type_shape"),
        )
        for event in events
        if event.get("cat") == "Node" and event["name"].endswith(suffix)
    ]


def _types(arguments: dict[str, Any], key: str) -> tuple[str, ...]:
    """``[{"float": [1, 3]}, {"uint8": []}]`` as names of types."""
    return tuple(name for tensor in arguments.get(key, ()) for name in tensor)


def submodule(name: str) -> ModuleType:
    """A tool in onnxruntime's package, such as ``quantization``, imported."""
    from importlib import import_module

    return import_module(f"onnxruntime.{name}")


def _open(
    network: onnx.ModelProto | bytes | str | Path,
    settings: RuntimeSettings,
    options: onnxruntime.SessionOptions,
    called: str,
) -> Session:
    ort = onnxruntime_module()
    providers = _providers(settings.provider)
    if isinstance(network, Path):
        network = str(network)
    elif not isinstance(network, (str, bytes)):
        network = network.SerializeToString()
    try:
        session = ort.InferenceSession(network, options, providers=providers)
    except Exception as error:  # onnxruntime has one exception class per status, no common one
        raise ModelError(f"onnxruntime cannot load {called}: {first_line(error)}") from error
    if session.get_providers()[0] != providers[0]:  # onnxruntime falls back without an error
        raise UnavailableError(
            f"onnxruntime could not start the provider {settings.provider} on this machine"
        )
    return session


def session_options(settings: RuntimeSettings) -> onnxruntime.SessionOptions:
    """The settings as onnxruntime takes them; ``input_size`` and ``provider`` are not in them."""
    ort = onnxruntime_module()
    options = ort.SessionOptions()
    options.intra_op_num_threads = settings.threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.enable_cpu_mem_arena = settings.arena
    level = _LEVELS[settings.graph_optimization]
    options.graph_optimization_level = getattr(ort.GraphOptimizationLevel, level)
    spinning = "1" if settings.spinning else "0"
    options.add_session_config_entry("session.intra_op.allow_spinning", spinning)
    options.add_session_config_entry("session.inter_op.allow_spinning", spinning)
    options.log_severity_level = _ERRORS_ONLY
    return options


def _providers(name: str) -> list[str]:
    """The given execution provider, then the CPU for operators that it cannot run.

    Raises:
        UnavailableError: the installed package was built without it.
    """
    wanted, package = _PROVIDERS[name]
    if wanted not in onnxruntime_module().get_available_providers():
        raise UnavailableError(
            f"the installed onnxruntime has no provider {name}", f"pip install {package}"
        )
    return list(dict.fromkeys([wanted, "CPUExecutionProvider"]))


def onnxruntime_module() -> ModuleType:
    """Import the package."""
    import onnxruntime

    # Windows builds report through the system; ORT_DISABLE_TELEMETRY has no effect there.
    onnxruntime.disable_telemetry_events()
    return onnxruntime  # type: ignore[no-any-return, unused-ignore]  # untyped where absent
