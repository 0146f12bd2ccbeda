"""The instruction set extensions of this CPU that matter for networks, read locally."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from functools import lru_cache
from importlib import import_module
from pathlib import Path

RELEVANT = (
    "sse4_2",
    "avx",
    "f16c",
    "fma",
    "avx2",
    "avx_vnni",
    "avx512f",
    "avx512_vnni",
    "avx512_bf16",
    "avx512_fp16",
    "amx_int8",
    "amx_bf16",
    "asimd",
    "asimdhp",
    "asimddp",
    "i8mm",
    "bf16",
    "sve",
)
"""Extensions that change the speed or the rounding of a network, with Linux's names."""

DOT_PRODUCT = frozenset(
    {"avx_vnni", "avx512_vnni", "amx_int8", "asimddp", "i8mm"},
)
"""Extensions that multiply 8-bit numbers and add into 32 bits, so that nothing saturates."""

FLOAT16 = frozenset({"avx512_fp16", "asimdhp"})
"""Extensions that compute in float16; a runtime may have no kernels for them."""

_NUMPY_NAMES = {
    "SSE42": "sse4_2",
    "AVX": "avx",
    "F16C": "f16c",
    "FMA3": "fma",
    "AVX2": "avx2",
    "AVX512F": "avx512f",
    "AVX512_ICL": "avx512_vnni",
    "ASIMD": "asimd",
    "ASIMDHP": "asimdhp",
    "ASIMDDP": "asimddp",
    "SVE": "sve",
}
_APPLE_NAMES = {
    "FEAT_DotProd": "asimddp",
    "FEAT_I8MM": "i8mm",
    "FEAT_FP16": "asimdhp",
    "FEAT_BF16": "bf16",
}


@lru_cache(maxsize=1)
def cpu_isa() -> tuple[str, ...]:
    """The extensions of ``RELEVANT`` that this CPU has, in that order.

    Linux: ``/proc/cpuinfo``. macOS: ``sysctl``. Elsewhere the list that numpy found at its import,
    which has fewer names (no ``avx_vnni``).
    """
    flags = _from_numpy()
    if sys.platform == "linux":
        flags |= parse_cpuinfo(Path("/proc/cpuinfo").read_text(errors="replace"))
    elif sys.platform == "darwin" and platform.machine() == "arm64":
        flags |= _from_sysctl()
    return tuple(name for name in RELEVANT if name in flags)


def has_dot_product(isa: tuple[str, ...]) -> bool:
    """Whether products of 8-bit numbers are summed without saturating (VNNI, AMX, DotProd)."""
    return not DOT_PRODUCT.isdisjoint(isa)


def arithmetic_text(isa: tuple[str, ...], precision: str) -> str:
    """A sentence on a CPU's instructions for the numbers of a precision.

    Args:
        isa: extensions of the CPU.
        precision: ``float16``, ``int8`` or ``mixed``.
    """
    known, what = (
        (FLOAT16, "float16 arithmetic")
        if precision == "float16"
        else (DOT_PRODUCT, "instructions that sum products of 8-bit numbers")
    )
    present = [name for name in isa if name in known]
    return f"This CPU has {what} ({', '.join(present)})" if present else f"This CPU has no {what}"


def parse_cpuinfo(text: str) -> set[str]:
    """The flags of the first CPU in ``/proc/cpuinfo``: ``flags`` on x86, ``Features`` on ARM."""
    match = re.search(r"^(?:flags|Features)\s*:\s*(.*)$", text, re.MULTILINE)
    return set(match.group(1).split()) if match else set()


def _from_numpy() -> set[str]:
    # numpy 1.x keeps it under another name, and neither is typed.
    for module in ("numpy._core._multiarray_umath", "numpy.core._multiarray_umath"):
        try:
            features = import_module(module).__cpu_features__
        except (ImportError, AttributeError):
            continue
        return {name for key, name in _NUMPY_NAMES.items() if features.get(key)}
    return set()


def _from_sysctl() -> set[str]:
    answer = subprocess.run(
        ["/usr/sbin/sysctl", "hw.optional.arm"], capture_output=True, text=True, check=False
    ).stdout
    present = set(re.findall(r"^hw\.optional\.arm\.(\w+): 1$", answer, re.MULTILINE))
    return {name for key, name in _APPLE_NAMES.items() if key in present}
