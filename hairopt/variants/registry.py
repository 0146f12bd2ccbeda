"""The registry of named variants: the built-in ones and those of plug-ins."""

from __future__ import annotations

from pathlib import Path

from hairopt.registry import Registry

VARIANTS: Registry[Path] = Registry("variant", "hairopt.variants")
"""Names -> variant files. A plug-in's entry point names an attribute that holds such a path."""

BUILTIN = Path(__file__).parent / "builtin"
"""The folder of the built-in variants; each file has the name of its variant."""

DEFAULT_VARIANTS = (
    "baseline",
    "float32",
    "float16",
    "int8",
    "conditional-post",
    "tone",
    "fast",
)
"""The variants that a bench measures by default; the first one is the baseline."""

NULL_VARIANT = "float32"
"""The default variant of ``--null`` and of ``--runtimes``."""

for _file in sorted(BUILTIN.glob("*.toml")):
    VARIANTS.register(_file.stem, _file, "hairopt")
