import multiprocessing
import os
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="training needs the extra [train]")

import numpy as np  # noqa: E402

from hairopt.errors import DataError, HairoptError, UsageError  # noqa: E402
from hairopt.train import loop  # noqa: E402
from hairopt.train.checkpoint import Check, State, averaged, load, save  # noqa: E402
from hairopt.train.loop import Setting, train  # noqa: E402
from hairopt.train.network import Design, HairNet, Stage  # noqa: E402
from hairopt.train.plan import Plan  # noqa: E402
from hairopt.train.watch import Watched, mean_iou  # noqa: E402

TINY = Design(
    stem=4,
    stages=(Stage(6, 4, (1,)), Stage(6, 4, (1,)), Stage(8, 4, (1,)), Stage(8, 4, (1,))),
    pyramid=(6, 6, 4, 4),
    head=4,
)


class Discs:
    """A dark disc before a bright wall, by number."""

    def draw(self, index):
        rng = np.random.default_rng(index)
        rows, columns = np.mgrid[:32, :32]
        row, column = rng.uniform(10, 22, 2)
        disc = (np.hypot(rows - row, columns - column) < 8).astype(np.float32)
        return np.repeat(0.9 - 0.7 * disc[None], 3, axis=0).astype(np.float32), disc[None]


def watched():
    picture, label = Discs().draw(10**6)
    image = (picture.transpose(1, 2, 0) * 255).astype(np.uint8)
    return [Watched("disc", image, label[0] > 0.5)]


def setting(folder):
    return Setting(Discs(), [], watched(), "cpu", 0, folder / "checkpoint.pt")


def tiny():
    torch.manual_seed(0)
    return HairNet(TINY)


def silent(*_):
    pass


def test_it_learns(tmp_path) -> None:
    network = tiny()
    before = mean_iou(network, watched(), "cpu")
    plan = Plan(steps=150, peak_rate=2e-2, averaging=0.9, from_noise=True, checks=5)
    state = train(network, plan, setting(tmp_path), resume=False, report=silent)
    assert state.step == 150
    assert state.best[0][0] > max(0.85, before or 0)
    assert [check.step for check in state.curve] == [30, 60, 90, 120, 150]


@pytest.mark.parametrize("from_noise", [True, False])
def test_statistics_are_learnt_from_noise_only(tmp_path, from_noise) -> None:
    network = tiny()
    before = network.stem[1].running_mean.clone()
    plan = Plan(steps=3, batch=2, from_noise=from_noise)
    state = train(network, plan, setting(tmp_path), resume=False, report=silent)
    assert torch.equal(state.network["stem.1.running_mean"], before) is not from_noise
    assert not torch.equal(state.network["stem.1.weight"], torch.ones_like(before))


@pytest.mark.parametrize("stopped_at", [2, 7])
def test_an_interrupted_run_ends_like_one_that_was_not(tmp_path, stopped_at) -> None:
    plan = Plan(steps=12, batch=4, checks=4)
    whole = train(tiny(), plan, setting(tmp_path), resume=False, report=silent)
    (tmp_path / "other").mkdir()
    parts = setting(tmp_path / "other")

    def interrupt(_progress, _left_s, state):
        if state.step == stopped_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tiny(), plan, parts, resume=False, report=interrupt)
    ended = train(tiny(), plan, parts, resume=True, report=silent)
    assert ended.step == whole.step
    for name, value in whole.average.items():
        torch.testing.assert_close(ended.average[name], value, rtol=0, atol=0)
    assert [check.step for check in ended.curve] == [check.step for check in whole.curve]


def test_workers_draw_the_same_examples(tmp_path) -> None:
    plan = Plan(steps=4, batch=2)
    (tmp_path / "other").mkdir()
    alone, helped = setting(tmp_path), replace(setting(tmp_path / "other"), workers=1)
    states = [train(tiny(), plan, one, resume=False, report=silent) for one in (alone, helped)]
    for name, value in states[0].average.items():
        torch.testing.assert_close(states[1].average[name], value, rtol=0, atol=0)


@pytest.mark.skipif(not hasattr(os, "setsid"), reason="sessions are of POSIX")
def test_a_signal_to_all_does_not_reach_the_workers(tmp_path) -> None:
    def check(_progress, _left_s, _state):
        (worker,) = multiprocessing.active_children()
        assert os.getsid(worker.pid) == worker.pid != os.getsid(0)

    helped = replace(setting(tmp_path), workers=1)
    train(tiny(), Plan(steps=2, batch=2), helped, resume=False, report=check)


def test_a_killed_worker_is_told_with_what_to_do(tmp_path) -> None:
    def kill(_progress, _left_s, _state):
        for worker in multiprocessing.active_children():
            worker.kill()

    helped = replace(setting(tmp_path), workers=1)
    with pytest.raises(HairoptError, match=r"has ended \(DataLoader.*fewer --workers.*--resume"):
        train(tiny(), Plan(steps=50, batch=2), helped, resume=False, report=kill)
    assert load(tmp_path / "checkpoint.pt").step >= 1


def test_a_worker_killed_during_the_last_save_costs_no_checkpoint(tmp_path, monkeypatch) -> None:
    saves = []

    def counted(state, path):
        saves.append(path)
        if len(saves) == interrupted:
            path.unlink(missing_ok=True)
            raise RuntimeError("DataLoader worker (pid 1) is killed by signal: Killed.")
        save(state, path)

    monkeypatch.setattr(loop, "save", counted)
    plan, interrupted = Plan(steps=2, batch=2), 0
    train(tiny(), plan, setting(tmp_path), resume=False, report=silent)
    interrupted = len(saves)
    saves.clear()
    with pytest.raises(HairoptError, match=r"has ended \(DataLoader"):
        train(tiny(), plan, setting(tmp_path), resume=False, report=silent)
    assert len(saves) == interrupted + 1
    assert load(tmp_path / "checkpoint.pt").step == 2


def test_a_run_that_gets_no_better_ends(tmp_path) -> None:
    plan = Plan(steps=400, batch=2, peak_rate=1e-12, checks=100, patience=3)
    state = train(tiny(), plan, setting(tmp_path), resume=False, report=silent)
    assert state.step == 4 * 4


def test_the_time_left_is_told(tmp_path) -> None:
    told = []
    train(
        tiny(), Plan(steps=6, batch=2), setting(tmp_path), resume=False,
        report=lambda progress, left_s, _: told.append((progress, left_s)),
    )  # fmt: skip
    assert [progress for progress, _ in told] == pytest.approx([(i + 1) / 6 for i in range(6)])
    assert told[-1][1] == 0
    assert all(left > 0 for _, left in told[:-1])


def test_a_damaged_checkpoint_is_refused(tmp_path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"damaged")
    with pytest.raises(DataError, match=r"checkpoint\.pt is no checkpoint"):
        train(tiny(), Plan(steps=1), setting(tmp_path), resume=True, report=silent)


def test_no_half_written_checkpoint_is_left(tmp_path) -> None:
    train(tiny(), Plan(steps=2, batch=2), setting(tmp_path), resume=False, report=silent)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]
    assert load(tmp_path / "checkpoint.pt").step == 2


def test_the_mean_of_states() -> None:
    states = [{"w": torch.tensor([v]), "n": torch.tensor(int(v))} for v in (1.0, 3.0)]
    mean = averaged(states)
    assert mean["w"].item() == 2
    assert mean["n"].item() == 1


def test_the_three_best_are_kept() -> None:
    state = State({}, {"w": torch.zeros(1)}, {})
    for step, score in enumerate([0.2, 0.9, 0.5, 0.7, 0.1]):
        state.average["w"] = torch.tensor([score])
        state.remember(Check(step, 0.0, 1.0, 0.1, 1.0, score, None))
    assert [score for score, _, _ in state.best] == [0.9, 0.7, 0.5]
    assert state.best[0][2]["w"].item() == pytest.approx(0.9)
    assert state.checks_since_best == 3


@pytest.mark.parametrize("length", [{}, {"minutes": 1.0, "steps": 3}, {"steps": 0}])
def test_a_plan_needs_one_length(length) -> None:
    with pytest.raises(UsageError, match="length"):
        Plan(**length)


def test_the_rate_rises_and_falls_to_nothing() -> None:
    plan = Plan(steps=100, peak_rate=1.0, warm_up=0.1)
    assert plan.rate(0.05) == pytest.approx(0.5)
    assert plan.rate(0.1) == pytest.approx(1.0)
    assert plan.rate(0.55) == pytest.approx(0.5)
    assert plan.rate(1.0) == pytest.approx(0.0, abs=1e-12)
