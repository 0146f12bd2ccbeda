"""The changes that are tried: what cosmic-ray changes in a file, and those named by hand."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_REDUNDANT = re.compile(
    r"core/ReplaceBinaryOperator_(?!Add_Sub|Sub_Add|Mul_Div|Div_Mul|Pow_Mul|Mod_Mul|FloorDiv_Mul)"
    r"|core/ReplaceComparisonOperator_(?!Lt_LtE|Lt_GtE|LtE_Lt$|LtE_Gt$|Gt_GtE|Gt_LtE|GtE_Gt$|GtE_Lt$"
    r"|Eq_NotEq|NotEq_Eq|Is_IsNot|IsNot_Is|In_NotIn|NotIn_In)"
    r"|core/ReplaceUnaryOperator_(?!Delete_Not|USub_UAdd)"
)
"""Of each comparison its boundary and its opposite are tried, of each sum its difference, of each
product its quotient: the other operators say nothing that these do not."""

_WITHOUT_EFFECT = re.compile(
    r"^\+.*((?<![\w)\]]) ?/,|frozen=False|strict=False|TYPE_CHECKING)", re.MULTILINE
)
"""Not tried: ``*`` among parameters read as a product, records that may be changed though nobody
does, lists of different lengths where they are equal by construction, imports for types."""


@dataclass(frozen=True)
class Change:
    """One change of one file.

    Attributes:
        file: relative to the repository.
        before, after: the text of the whole file.
    """

    file: Path
    before: str
    after: str

    @property
    def diff(self) -> str:
        """The changed lines, ``-`` before and ``+`` after, under the name of the file."""
        texts = (self.before.splitlines(), self.after.splitlines())
        _, _, *lines = difflib.unified_diff(*texts, n=0, lineterm="")
        return "\n".join([str(self.file), *lines])

    @property
    def names(self) -> tuple[str, str]:
        """``file: line`` and ``file: line -> becomes``, without indentation."""
        lines = self.diff.splitlines()[2:]
        before, after = (
            " ".join(" ".join(x[1:] for x in lines if x[0] == sign).split()) for sign in "-+"
        )
        return f"{self.file}: {before}", f"{self.file}: {before} -> {after}"


def changes_of(file: Path) -> Iterator[Change]:
    """Every change of a file that cosmic-ray knows, without the redundant ones."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    source = file.read_text()
    for name in sorted(operator_names()):
        operator = get_operator(name)
        if _REDUNDANT.match(name) or operator.arguments():
            continue
        for occurrence in itertools.count():
            changed = mutate_code(source, operator(), occurrence)
            if changed is None:
                break
            change = Change(file, source, changed)
            if not _WITHOUT_EFFECT.search(change.diff):
                yield change


def change_by_hand(file: Path, line: str, becomes: str) -> Change:
    """A change that is named by its line.

    Raises:
        ValueError: the file does not hold the line exactly once.
    """
    source = file.read_text()
    if source.count(line) != 1:
        raise ValueError(f"{file} holds {line!r} {source.count(line)} times, not once")
    return Change(file, source, source.replace(line, becomes))
