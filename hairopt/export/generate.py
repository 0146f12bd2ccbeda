"""The source of ``tryon.py`` for one variant: hairopt's own functions, as far as it needs them.

Nothing of the pipeline is written twice. The functions are read from hairopt's modules, what the
variant settles is put in (``specialize``), what nothing uses is left out, and the rest becomes
a few short files.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from textwrap import wrap

from hairopt.export.parsed import COMMENT, NAME, parsed
from hairopt.export.plainer import numbers_of, plainer, wrapped
from hairopt.export.specialize import (
    Call,
    Facts,
    Known,
    Opaque,
    Place,
    drop_unused,
    specialized,
)
from hairopt.models.contract import ModelFile
from hairopt.offline.quiet import BARRED, ENVIRONMENT
from hairopt.quantities import number_of
from hairopt.runtimes.protocol import RuntimeSettings
from hairopt.variants.condition import Condition
from hairopt.variants.schema import Variant

TEMPLATE = "hairopt.export.tryon"
_ROOT = (TEMPLATE, "TryOn")

_PACKAGE = "tryon_parts"
"""The folder of all files but ``tryon.py``."""

_MODEL = 'MODEL = Path(__file__).parent.parent / "{}"'

_ERRORS = {
    "DataError": "ValueError",
    "UsageError": "ValueError",
    "ConfigError": "ValueError",
    "ModelError": "RuntimeError",
    "UnavailableError": "RuntimeError",
}
"""What the errors of hairopt become, which the file does not have."""

_REPLACED = {
    ("hairopt.types", "Shade"): (TEMPLATE, "Shade"),
    ("hairopt.pieces", "in_pieces"): (TEMPLATE, "in_one_piece"),
}
_ASSUMED = {
    # What saves memory with very large photos gives the same pixels.
    ("hairopt.stages.mask", "upsample"): {
        "box is not None and _is_enlarged_much(mask, height_px, width_px)": False
    },
    ("hairopt.stages.encode", "_encode"): {"image.nbytes > _LARGE_BYTES": False},
    ("hairopt.stages.recolor.tone.method", "Tone"): {"shade.swatch is not None": False},
}

_FILES = (
    ("pixels.py", "Types, and the sizes of photos and masks.", (
        "hairopt.types", "hairopt.pieces", "hairopt.models.squash", "hairopt.stages.mask",
        "hairopt.stages.protocol",
    )),
    ("network.py", "The network: from a photo to the probability of hair.", (
        "hairopt.runtimes", "hairopt.models.tensors", "hairopt.stages.upsample",
    )),
    ("edge.py", "From the mask to the opacity of the dye, and the blend.", (
        "hairopt.stages.postprocess", "hairopt.stages.anti_bleed", "hairopt.stages.edge",
    )),
    ("dye.py", "The dyed layer.", ("hairopt.stages.recolor.hsv", "hairopt.stages.recolor.lab")),
    ("tone.py", "The dyed layer: a curve of colours over luma, placed by what is seen.", (
        "hairopt.stages.recolor.tone.method", "hairopt.stages.recolor.tone.intensity",
        "hairopt.stages.recolor.tone.place", "hairopt.stages.recolor.tone.curve",
        "hairopt.stages.recolor.tone.table", "hairopt.metrics",
    )),
    ("tone_look.py", "What is seen of hair, light and shade.", ("hairopt.stages.recolor.tone",)),
    ("tryon.py", "", ("hairopt.stages.encode", TEMPLATE)),
)  # fmt: skip
"""The files, what each is about, and the modules whose parts it has, in this order."""

_ELSEWHERE = {
    (TEMPLATE, "OnnxNetwork"): "network.py",
    (TEMPLATE, "LiteRtNetwork"): "network.py",
    (TEMPLATE, "OpenVinoNetwork"): "network.py",
    (TEMPLATE, "in_one_piece"): "pixels.py",
    (TEMPLATE, "Shade"): "pixels.py",
    ("hairopt.runtimes.freed_memory", "keep_freed_memory"): "tryon.py",
    ("hairopt.runtimes.freed_memory", "_mallopt"): "tryon.py",
}
"""Definitions that are not in the file of their module."""


@dataclass
class _Program:
    facts: Facts
    made: dict[Place, ast.stmt] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    values: set[Place] = field(default_factory=set)

    def collect(self) -> None:
        """Specialise everything that the root needs."""
        self.made, self.calls, self.values = {}, [], set()
        waiting = [_ROOT]
        while waiting:
            place = waiting.pop()
            if place in self.made or place in self.facts.globals:
                continue
            self.made[place], calls, values = specialized(place, self.facts)
            self.calls += calls
            self.values |= values
            waiting += _used(self.made[place])


def generate(
    variant: Variant,
    file: ModelFile,
    settings: RuntimeSettings,
    *,
    model: str,
    resized: bool,
    version: str,
) -> dict[str, str]:
    """The program of a variant.

    Args:
        variant: one that can be exported.
        file: the network as it runs.
        settings: how it runs.
        model: name of the network's file in the folder.
        resized: whether the runtime has to be told another input size than the file has.
        version: of hairopt.

    Returns:
        Name of each file -> its text.
    """
    constants = _constants(variant, file, settings)
    program = _Program(_facts(variant, file, settings, resized, constants))
    _settle(program)
    _prune(program)
    return _write(program, variant, constants, model, version)


@dataclass(frozen=True)
class _Constant:
    name: str
    value: object
    of: object
    attribute: str
    remark: str = ""


def _constants(variant: Variant, file: ModelFile, settings: RuntimeSettings) -> list[_Constant]:
    """The settings that stand at the top of the file by name."""
    entry, post = file.contract.input, variant.postprocess
    return [
        _Constant("THREADS", variant.segment.threads, variant.segment, "threads"),
        _Constant("THREADS", settings.threads, settings, "threads"),
        _Constant("HEIGHT", entry.height, entry, "height", "of the network's input, in pixels"),
        _Constant("WIDTH", entry.width, entry, "width"),
        _Constant("MEAN", entry.mean, entry, "mean", "of the pixels, 0..1, per channel"),
        _Constant("STD", entry.std, entry, "std"),
        _Constant("FEATHER_PX", post.feather_px, post, "feather_px", "of the photo"),
        _Constant("QUALITY", variant.encode.quality, variant.encode, "quality", "1..100"),
    ]


def _facts(
    variant: Variant,
    file: ModelFile,
    settings: RuntimeSettings,
    resized: bool,
    constants: Iterable[_Constant],
) -> Facts:
    compare, threshold = Condition.parse(variant.postprocess.when).comparison
    values: dict[str, Known] = {
        "VARIANT": Known(variant),
        "WHEN": Known(Condition.parse(variant.postprocess.when)),
        "COMPARE": Known(compare),
        "THRESHOLD": Known(threshold),
        "CONTRACT": Known(file.contract),
        "SETTINGS": Known(settings),
        "MODEL_PRECISION": Known(file.precision),
        "IS_RESIZED": Known(resized),
        "CONTRAST": Known(variant.recolor.options.get("contrast", 1.0)),
        "MODEL": Known(Opaque(), "MODEL"),
    }
    ort = Known(Opaque(), "onnxruntime")
    return Facts(
        globals={(TEMPLATE, name): known for name, known in values.items()},
        called={
            ("hairopt.runtimes.onnx_session", "onnxruntime_module"): lambda: ort,
            ("hairopt.quantities", "number_of"): _number_of,
        },
        replaced=_REPLACED,
        assumed=_ASSUMED,
        omitted=frozenset({("hairopt.metrics.validate", "require_lab")}),
        shown={(id(one.of), one.attribute): one.name for one in constants},
        whole_docstrings=frozenset({TEMPLATE}),
    )


def _number_of(count: Known | None, what: Known | None) -> Known | None:
    return Known(number_of(count.value, what.value)) if count and what else None


def _settle(program: _Program) -> None:
    """Put arguments that all calls have in common into the functions, until none is left."""
    while True:
        program.collect()
        found = _agreed(program)
        if found == program.facts.parameters:
            break
        program.facts.parameters = found
    while True:
        dropped = {
            place: names | program.facts.dropped.get(place, set())
            for place, node in program.made.items()
            if place not in program.values and (names := drop_unused(node))
        }
        if not dropped:
            return
        program.facts.dropped.update(dropped)
        program.collect()


def _agreed(program: _Program) -> dict[Place, dict[str, Known]]:
    found: dict[Place, dict[str, Known]] = {}
    by_place: dict[Place, list[dict[str, Known | None]]] = {}
    for call in program.calls:
        by_place.setdefault(call.place, []).append(call.given)
    for place, calls in by_place.items():
        if place in program.values:
            continue
        node = parsed(place[0]).defined[place[1]]
        assert isinstance(node, ast.FunctionDef)
        for name, default in _defaults(node).items():
            given = [call.get(name, default) for call in calls]
            first = given[0]
            if first is not None and all(one == first for one in given):
                found.setdefault(place, {})[name] = first
    return found


def _defaults(node: ast.FunctionDef) -> dict[str, Known | None]:
    plain = node.args.args
    values: list[ast.expr | None] = [None] * (len(plain) - len(node.args.defaults))
    values += node.args.defaults
    pairs = [*zip(plain, values, strict=True)]
    pairs += zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    return {
        argument.arg: Known(value.value) if isinstance(value, ast.Constant) else None
        for argument, value in pairs
    }


def _used(node: ast.AST) -> list[Place]:
    found = []
    for one in ast.walk(node):
        names = [one.id] if isinstance(one, ast.Name) else []
        for name in one.names if isinstance(one, ast.Global) else names:
            if NAME in name:
                module, _, bare = name.partition(NAME)
                if bare not in _ERRORS:
                    found.append((module, bare))
    return found


def _prune(program: _Program) -> None:
    """Leave out methods and fields that nothing uses, then what only these used."""
    while True:
        used = {
            one.attr
            for node in program.made.values()
            for one in ast.walk(node)
            if isinstance(one, ast.Attribute)
        }
        lost = False
        for node in program.made.values():
            if isinstance(node, ast.ClassDef):
                kept = [one for one in node.body if not _is_unused(one, used)]
                lost = lost or len(kept) < len(node.body)
                node.body = kept or [ast.Pass()]
        reached, waiting = set[Place](), [_ROOT]
        while waiting:
            place = waiting.pop()
            if place not in reached and place in program.made:
                reached.add(place)
                waiting += _used(program.made[place])
        lost = lost or len(reached) < len(program.made)
        program.made = {place: node for place, node in program.made.items() if place in reached}
        if not lost:
            return


def _is_unused(node: ast.stmt, used: set[str]) -> bool:
    name = node.name if isinstance(node, ast.FunctionDef) else ""
    return bool(name) and not name.startswith("__") and name not in used


# Text


def _write(
    program: _Program, variant: Variant, constants: list[_Constant], model: str, version: str
) -> dict[str, str]:
    files: dict[str, list[Place]] = {name: [] for name, _, _ in _FILES}
    for place in sorted(program.made, key=_rank):
        files[_file_of(place)].append(place)
    writer = _Writer(program, _names(program.made), files, constants)
    title = f"Written by hairopt {version} from the variant {variant.name}."
    text: dict[str, str] = {}
    for name, about, _ in _FILES:
        if files[name]:
            about = about or "Hair-colour try-on: dyes the hair in a photo."
            text[name] = writer.file(name, f"{about}\n\n{title}\n")
    used = "\n".join(text.values())
    text["settings.py"] = writer.settings(used, f"Settings. {title}", model)
    tryon = text.pop("tryon.py")
    parts = {f"{_PACKAGE}/{name}": content for name, content in text.items()}
    init = '"""The parts of ``tryon.py``."""\n'
    return {"tryon.py": tryon, f"{_PACKAGE}/__init__.py": init, **dict(sorted(parts.items()))}


def _file_of(place: Place) -> str:
    if place in _ELSEWHERE:
        return _ELSEWHERE[place]
    return next(name for name, _, parts in _FILES if place[0].startswith(parts))


def _names(made: Iterable[Place]) -> dict[str, str]:
    """Whole name -> name in the files; of two equal ones the second gets its module's."""
    found: dict[str, str] = {f"hairopt.errors{NAME}{name}": to for name, to in _ERRORS.items()}
    taken = set(found.values())
    for module, name in sorted(made, key=_rank):
        short = name if name not in taken else f"{name}_of_{module.rpartition('.')[2]}"
        short = short.upper() if name.isupper() else short
        taken.add(short)
        found[f"{module}{NAME}{name}"] = short
    return found


def _rank(place: Place) -> tuple[bool, int, int]:
    """Types first, then by module and line."""
    node = parsed(place[0]).defined[place[1]]
    is_alias = place[0] == "hairopt.types" and isinstance(node, (ast.Assign, ast.AnnAssign))
    modules = [part for _, _, parts in _FILES for part in parts]
    module = next(i for i, part in enumerate(modules) if place[0].startswith(part))
    return not is_alias, -module if place[0] == TEMPLATE else module, node.lineno


@dataclass
class _Writer:
    program: _Program
    names: Mapping[str, str]
    files: Mapping[str, list[Place]]
    constants: list[_Constant]

    def file(self, name: str, head: str) -> str:
        """The text of one file."""
        body, done = "", set[int]()
        for place in self.files[name]:
            source = parsed(place[0]).defined[place[1]]
            if id(source) not in done:  # one statement may define two names
                done.add(id(source))
                body += self._definition(place, self.program.made[place])
        text = f'"""{head}"""\n\nfrom __future__ import annotations\n\n'
        return _formatted(text + self._imports(name, body) + "\n" + body)

    def settings(self, used: str, head: str, model: str) -> str:
        """The text of the file of settings that others use."""
        lines = [f'"""{head}"""\n', "from pathlib import Path\n", _MODEL.format(model)]
        for one in {one.name: one for one in self.constants}.values():
            if re.search(rf"\b{one.name}\b", used):
                remark = f"  # {one.remark}" if one.remark else ""
                lines.append(f"{one.name} = {one.value!r}{remark}")
        return _formatted("\n".join(lines) + "\n")

    def _definition(self, place: Place, node: ast.stmt) -> str:
        text = ast.unparse(node)
        for whole, short in self.names.items():
            text = re.sub(rf"{re.escape(whole)}\b", short, text) if whole in text else text
        bare = f"{place[0]}{NAME}{place[1]}"
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name != self.names[bare]:
            text = re.sub(rf"(def|class) {node.name}\b", rf"\1 {self.names[bare]}", text, count=1)
        text = "\n".join(plainer(line) for line in text.splitlines())
        text = re.sub(r"^ *raise .*$", lambda line: wrapped(line[0]), text, flags=re.MULTILINE)
        text = re.sub(rf"^(\s*)(['\"]){COMMENT}(.*)\2$", r"\1#\3", text, flags=re.MULTILINE)
        for number, written in numbers_of(place[0]).items():
            text = re.sub(rf"(?<![\w.]){re.escape(number)}(?![\w.])", written, text)
        remark = parsed(place[0]).remarks.get(place[1])
        if remark:
            line = " ".join(remark.split("\n\n")[0].split())
            text = "\n".join(f"# {part}" for part in wrap(line, 98)) + "\n" + text
        gap = "\n\n" if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else ""
        return f"{gap}{text}\n{gap}"

    def _imports(self, name: str, body: str) -> str:
        lines, own = self._foreign(name), set[str]()
        nodes = [self.program.made[place] for place in self.files[name]]
        constants = {"MODEL", *(one.name for one in self.constants)}
        for place in {at for node in nodes for at in _used(node)} - set(self.files[name]):
            if place in self.program.made:
                where = _file_of(place)[:-3]
                own.add(f"from {_PACKAGE}.{where} import {self.names[NAME.join(place)]}")
        for one in (one for node in nodes for one in ast.walk(node)):
            if isinstance(one, ast.Name) and one.id in constants:
                own.add(f"from {_PACKAGE}.settings import {one.id}")
        quiet = ""
        if "onnxruntime" in body:
            lines |= {"import os", "import onnxruntime"}
            value = ENVIRONMENT["ORT_DISABLE_TELEMETRY"]
            quiet = "# Before the import, which starts the reports of its use.\n"
            quiet += f'os.environ["ORT_DISABLE_TELEMETRY"] = "{value}"'
        if "import openvino" in lines:
            lines.add("import sys")
            quiet = "# What only reports its use is barred.\n"
            quiet += "\n".join(
                f'sys.modules["{one}"] = None  # type: ignore[assignment]' for one in BARRED
            )
        return _sorted(lines, own, quiet)

    def _foreign(self, name: str) -> set[str]:
        found = set[str]()
        for place in self.files[name]:
            others = parsed(place[0]).others
            for one in ast.walk(self.program.made[place]):
                if isinstance(one, ast.Name) and one.id in others:
                    found.add(others[one.id])
        return found


def _formatted(text: str) -> str:
    from black import format_str
    from black.mode import Mode, TargetVersion

    mode = Mode(line_length=100, target_versions={TargetVersion.PY310})
    return format_str(text, mode=mode)


def _sorted(lines: set[str], own: set[str], quiet: str) -> str:
    """Imports in three groups; those of one module in one line."""
    merged: dict[str, set[str]] = {}
    plain = set()
    for line in lines | own:
        match = re.fullmatch(r"from (\S+) import (.+)", line)
        if match:
            merged.setdefault(match[1], set()).add(match[2])
        else:
            plain.add(line)
    texts = {one.split()[1]: one for one in plain}
    texts |= {
        f"{module} ": f"from {module} import {', '.join(sorted(names))}"
        for module, names in merged.items()
    }
    groups: list[list[str]] = [[], [], []]
    mine = {one.split()[1].split(".")[0] for one in own}
    for key, text in sorted(texts.items(), key=lambda pair: (pair[1].startswith("from"), pair[0])):
        root = key.strip().split(".")[0]
        groups[2 if root in mine else 0 if root in sys.stdlib_module_names else 1].append(text)
    first, *rest = ("\n".join(group) for group in groups)
    return "\n\n".join(part for part in (first, quiet.rstrip(), *rest) if part) + "\n"
