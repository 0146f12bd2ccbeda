"""``python -m tools.tone``: fit the placement of ``recolor.tone``, judge methods of recolouring.

``fit PAIRS ...`` writes the numbers that ship, ``curve PAIRS ...`` tells how much data helps; both
read folders of ``python -m tools.rendered_heads FOLDER --pairs N``. ``judge DATASET`` compares the
built-in methods with the truly dyed pictures of a rendered set, which has no part in the fit.
``sheet PHOTO ... --out FILE`` shows photos in all shades.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from hairopt.stages.recolor.tone.place import WEIGHTS


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.tone",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("fit", "curve"):
        asked = verbs.add_parser(verb)
        asked.add_argument("pairs", type=Path, nargs="+", help="folders of rendered pairs")
        asked.add_argument("--steps", type=int, help="of the training; for a first look")
    verbs.choices["fit"].add_argument("--out", type=Path, default=WEIGHTS)
    judged = verbs.add_parser("judge")
    judged.add_argument("dataset", type=Path, nargs="?", default=Path("datasets/rendered"))
    judged.add_argument("--methods", nargs="+", default=["hsv", "lab", "tone"])
    judged.add_argument("--network", action="store_true", help="masks of the bundled network")
    shown = verbs.add_parser("sheet")
    shown.add_argument("photos", type=Path, nargs="+")
    shown.add_argument("--out", type=Path, required=True, help="a JPEG")
    return parser.parse_args()


def main() -> None:
    """Run the command."""
    asked = parse()
    if asked.verb == "judge":
        from tools.tone.judge import judge, table

        print(table(judge(asked.dataset, asked.methods, asked.network)))  # noqa: T201
        return
    if asked.verb == "sheet":
        from tools.tone.sheet import sheet

        asked.out.write_bytes(sheet(asked.photos, ["hsv", "tone"]))
        return
    from tools.tone import learn

    masker = learn.bundled_masks() if asked.verb == "fit" else None
    pairs = learn.joined(asked.pairs, masker)
    steps = asked.steps or learn.STEPS
    print(f"{len(pairs.head)} pairs of {len(set(pairs.head))} heads", flush=True)  # noqa: T201
    if asked.verb == "curve":
        for line in learn.learning_curve(pairs, steps):
            print(line, flush=True)  # noqa: T201
        return
    np.savez_compressed(asked.out, **learn.fit(pairs, steps).arrays())  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
