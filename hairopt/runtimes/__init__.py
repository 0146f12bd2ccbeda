"""The runtimes, which execute networks: one file per runtime, all with one protocol."""

from hairopt.registry import Registry
from hairopt.runtimes.protocol import Runtime

RUNTIMES: Registry[Runtime] = Registry("runtime", "hairopt.runtimes")
for _name in ("litert", "mediapipe", "onnxruntime", "openvino"):
    RUNTIMES.register(_name, f"hairopt.runtimes.{_name}_runtime:RUNTIME", "hairopt")
