"""``python -m tools.timing``: whether hairopt's times can be relied on, on this machine.

- ``alone``: the bench's figure within 5 % of the same requests in one process that runs alone.
- ``claims``: at most 5 % of comparisons of a variant with itself claim a change, from 2 to 200
  rounds, with recorded times.
- ``slowdown``: slowdowns of 3, 7 and 14 % lie within their intervals in 35 of 40 trials.
- ``burn``: 7 % that are burned for real are proven within two minutes.
- ``pause``: requests after pauses of 0.2 and of 9 s.
- ``recode``: requests of some variants against decoding and encoding the same photos alone.

Exit status 1 if one of the first four is not so. ``alone``, ``burn``, ``pause`` and ``recode`` need
a quiet machine; ``pause`` takes five minutes. The last two run only if they are named.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from hairopt.datasets import Dataset
from hairopt.datasets.combined import chosen_dataset
from hairopt.datasets.part import limited
from hairopt.measure.environment import OtherWork, cpu_model
from hairopt.measure.schedule import AUTOMATIC_STARTS, COUNTED, TURNS, starts_for
from hairopt.variants.load import load_variant
from hairopt.variants.schema import Variant
from tools.timing.alone import compare, time_alone, written
from tools.timing.burn import burn
from tools.timing.recorded import RECORDED, Recorded, covered, false_claims

ROOT = Path(__file__).parents[2]
CHEAPEST = ROOT / "docs" / "example-plan" / "plan" / "recommended.toml"
DEAREST = ROOT / "docs" / "example-plan" / "plan" / "baseline.toml"
OTHERS = ("float32", "int8", "float16", "conditional-post")
WITHIN = 0.05

ROUNDS = (2, 3, 4, 6, 8, 12, 16, 18, 20, 30, 40, 60, 100, 150, 200)
SLOWDOWNS = (0.03, 0.07, 0.14)
_TRIALS = 4000
_SMALL_TRIALS = 40
_COVERED = 35
_STARTS = 7


def main() -> None:
    """Run the proofs that the command line names, and print a table of each."""
    proofs: dict[str, Callable[[argparse.Namespace], bool]] = {
        "alone": _alone,
        "claims": _claims,
        "slowdown": _slowdown,
        "burn": _burn,
        "pause": _pause,
        "recode": _recode,
    }
    parser = argparse.ArgumentParser(
        prog="python -m tools.timing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("proofs", nargs="*", metavar="PROOF")
    parser.add_argument("--dataset", type=Path, help="photos; default: six of the shipped ones")
    parser.add_argument(
        "--times", type=Path, nargs="*", default=RECORDED, help="CSV files, or runs of bench --null"
    )
    parser.add_argument("--variant", action="append", help="of recode: name or file; repeatable")
    parser.add_argument("--rounds", type=int, default=60, help="of alone and recode")
    parser.add_argument("--beside", type=int, nargs="*", default=[1, 2, 5], help="others of alone")
    asked = parser.parse_args()
    unknown = [name for name in asked.proofs if name not in proofs]
    if unknown:
        parser.error(f"no proof {unknown[0]}; there are {', '.join(proofs)}")
    chosen = asked.proofs or [name for name in proofs if name not in ("pause", "recode")]
    _say(f"{cpu_model()}, {date.today():%Y-%m-%d}")
    with OtherWork() as others:
        held = [proofs[name](asked) for name in chosen]
    if others.share is not None:
        _say(f"Other processes took {100 * others.share:.0f} % of all cores meanwhile.")
    sys.exit(not all(held))


def _alone(asked: argparse.Namespace) -> bool:
    """The bench's figure of the cheapest and the dearest variant, beside one, two, five others."""
    cheapest, dearest = _variants()[:2]
    _say("\n| variant | beside | bench ms | alone ms (5 starts) | difference | of CPU time |")
    _say("|---|---:|---:|---|---:|---:|")
    worst = 0.0
    for others in asked.beside:
        variants = _variants()[: others + 1]
        names = [cheapest.name, dearest.name]
        for one in compare(variants, names, _dataset(asked), rounds=asked.rounds):
            worst = max(worst, abs(one.difference))
            alone = " ".join(f"{ms:.1f}" for ms in sorted(ms for ms, _ in one.alone))
            _say(
                f"| {one.variant} | {one.others} | {one.bench.wall_ms:.1f} | {alone} | "
                f"{100 * one.difference:+.1f} % | {100 * one.cpu_difference:+.1f} % |"
            )
    _say(f"\nLargest difference {100 * worst:.1f} %, allowed {100 * WITHIN:.0f} %.")
    return worst <= WITHIN


def _claims(asked: argparse.Namespace) -> bool:
    """False claims of a variant against itself."""
    recorded = {file.stem: Recorded.read(file) for file in asked.times}
    _say(f"\nFalse claims in {_TRIALS:,} comparisons\n\n| rounds | {' | '.join(recorded)} |")
    _say("|---:" * (1 + len(recorded)) + "|")
    worst = 0.0
    for rounds in ROUNDS:
        shares = [false_claims(one, rounds, _TRIALS) for one in recorded.values()]
        worst = max(worst, *shares)
        _say(f"| {rounds} | {' | '.join(f'{100 * share:.1f} %' for share in shares)} |")
    # Two standard errors of 4,000 trials.
    return worst <= 0.05 + 0.007


def _slowdown(asked: argparse.Namespace) -> bool:
    """Injected slowdowns, with as many rounds as automatic ones are at least."""
    rounds = AUTOMATIC_STARTS * TURNS * COUNTED
    held = True
    _say(f"\n{rounds} rounds in {starts_for(rounds)} starts\n")
    _say("| times | slowdown | in the interval, of 40 | of 4,000 | proven, of 4,000 |")
    _say("|---|---:|---:|---:|---:|")
    for file in asked.times:
        recorded = Recorded.read(file)
        for slowdown in SLOWDOWNS:
            few, _ = covered(recorded, rounds, slowdown, _SMALL_TRIALS)
            many, proven = covered(recorded, rounds, slowdown, _TRIALS)
            held = held and few >= _COVERED
            _say(
                f"| {file.stem} | {100 * slowdown:.0f} % | {few} | {100 * many / _TRIALS:.1f} % | "
                f"{100 * proven / _TRIALS:.1f} % |"
            )
    return held


def _burn(asked: argparse.Namespace) -> bool:
    """A slowdown of 7 % that is burned."""
    found = burn(_dataset(asked))
    low, high = found.ratio.ci95 or (0.0, 0.0)
    proven = found.ratio.change.is_proven and found.ratio.median > 1
    said = "proven" if proven else "not proven"
    _say(
        f"\nBurned {100 * (found.wanted - 1):.1f} %, found {100 * (found.ratio.median - 1):.1f} % "
        f"({100 * (low - 1):.1f} to {100 * (high - 1):.1f}), {said} "
        f"after {found.protocol.timing_s:.0f} s, {found.protocol.rounds} rounds in "
        f"{found.protocol.starts} starts ({found.protocol.stopped})."
    )
    return proven


def _pause(asked: argparse.Namespace) -> bool:
    """Requests after pauses; 9 s are 10,000 requests a day."""
    with tempfile.TemporaryDirectory() as folder:
        photos = written(_dataset(asked), Path(folder))
        _say("\n| variant | back to back ms | after 0.2 s | after 9 s |\n|---|---:|---:|---:|")
        for variant in _variants()[:2]:
            cells = []
            for pause_s, starts, requests in ((0.0, 5, 30), (0.2, 5, 15), (9.0, 2, 6)):
                times = [
                    time_alone(variant, photos, requests, pause_s).wall_ms for _ in range(starts)
                ]
                cells.append(f"{statistics.median(times):.1f}")
            _say(f"| {variant.name} | {' | '.join(cells)} |")
    return True


def _recode(asked: argparse.Namespace) -> bool:
    """Both alternate, in processes of their own; a ratio for each pair of process starts."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = _dataset(asked) if asked.dataset is None else chosen_dataset(asked.dataset)
        photos = written(dataset, Path(folder))
        _say(
            f"\n{len(photos)} photos, {asked.rounds} requests in each of {_STARTS} process starts\n"
        )
        _say(
            "| variant | request ms | decode and encode ms | times as long (range) | of CPU time |"
        )
        _say("|---|---:|---:|---:|---:|")
        for variant in [load_variant(one) for one in asked.variant or [str(CHEAPEST)]]:
            pairs = [
                [
                    time_alone(variant, photos, asked.rounds, only_recodes=only_recodes)
                    for only_recodes in (False, True)
                ]
                for _ in range(_STARTS)
            ]
            wall = [request.wall_ms / recode.wall_ms for request, recode in pairs]
            cpu = [request.cpu_ms / recode.cpu_ms for request, recode in pairs]
            request, recode = (
                statistics.median(times.wall_ms for times in column)
                for column in zip(*pairs, strict=True)
            )
            _say(
                f"| {variant.name} | {request:.1f} | {recode:.1f} | {statistics.median(wall):.2f} "
                f"({min(wall):.2f} to {max(wall):.2f}) | {statistics.median(cpu):.2f} |"
            )
    return True


def _variants() -> list[Variant]:
    return [load_variant(str(one)) for one in (CHEAPEST, DEAREST, *OTHERS)]


def _dataset(asked: argparse.Namespace) -> Dataset:
    return limited(chosen_dataset(asked.dataset), 6)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
