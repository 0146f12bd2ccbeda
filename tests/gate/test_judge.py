"""From settings to a judged comparison: what is handed on, and which cases can be looked at."""

from types import SimpleNamespace

from hairopt.gate import judge as judge_module
from hairopt.gate.judge import judge
from hairopt.gate.settings import GateSettings
from hairopt.gate.verdict import Verdict
from tests.gate.snapshots import scores, snapshot


def side(one):
    return SimpleNamespace(snapshot=one, run=None)


def test_both_sides_are_compared_as_the_settings_say_and_the_worst_can_be_looked_at(monkeypatch):
    worse = scores()
    worse[3] -= 0.3
    worse[5] -= 0.2
    asked = []

    def resolve(settings, **options):
        asked.append((settings, options))
        return SimpleNamespace(
            baseline=side(snapshot()),
            candidate=side(snapshot("int8", worse, isa=["avx512_vnni"])),
            timed=None,
            dataset=None,
            notes=("release was measured again",),
        )

    monkeypatch.setattr(judge_module, "resolve_sides", resolve)
    settings = GateSettings.model_validate(
        {
            "baseline": "release",
            "candidate": "int8",
            "across_isa": True,
            "guarded": ["lock_de00"],
            "limits": {"min_retention": 0.9, "max_latency_increase": 0.1},
        }
    )
    found = judge(settings, cases=["image-03"], command="typed")
    assert asked[0][0] is settings
    assert asked[0][1] == {
        "cases": ["image-03"], "progress": None, "render": None, "command": "typed"
    }  # fmt: skip
    comparison = found.comparison
    assert [one.case for one in comparison.offenders] == ["image-03", "image-05"]
    assert comparison.inspections.keys() == {"image-03", "image-05"}
    assert "--case=image-03" in comparison.inspections["image-03"].command
    assert comparison.notes == ("release was measured again",)
    rules = {rule.rule: rule for rule in comparison.rules}
    assert rules["retention"].subject == "quality lost in lock_de00"
    assert rules["latency"].verdict is Verdict.INCONCLUSIVE
    assert found.sides.candidate.snapshot.variant == "int8"
