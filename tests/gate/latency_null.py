"""How often the latency rule raises a false alarm: one variant against itself, other core loaded.

Run as ``python -m tests.gate.latency_null DATASET [RUNS [ROUNDS]]``; prints one line per run.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from hairopt.gate.judge import judge
from hairopt.gate.settings import GateSettings
from hairopt.gate.verdict import Verdict

BURN = "while True: pass"
LIMIT = 0.15


def main(dataset, runs=20, rounds=60):
    verdicts = []
    burner = subprocess.Popen([sys.executable, "-c", BURN])
    try:
        for number in range(runs):
            with tempfile.TemporaryDirectory() as out:
                settings = GateSettings(
                    baseline="float32",
                    candidate="float32",
                    dataset=Path(dataset),
                    shades=("violet",),
                    rounds=rounds,
                    seed=number,
                    out=Path(out),
                ).changed({"max_latency_increase": LIMIT})
                comparison = judge(settings).comparison
            rule = next(rule for rule in comparison.rules if rule.rule == "latency")
            verdicts.append(rule.verdict)
            sys.stdout.write(
                f"{number + 1:2} {rule.verdict.value:12} {rule.measured:+.1%} "
                f"[{rule.low:+.1%}, {rule.high:+.1%}] {rule.note}\n"
            )
            sys.stdout.flush()
    finally:
        burner.kill()
        burner.wait()
    sys.stdout.write(f"{ {verdict.value: verdicts.count(verdict) for verdict in Verdict} }\n")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:4]))
