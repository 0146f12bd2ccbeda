"""What the tests of whole benches share."""

import pytest

from hairopt.measure.progress import Silent

FAST = {"rounds": 4, "warmup": 1, "timeout_s": 60.0}


class Recorder(Silent):
    def __init__(self):
        self.seen = []
        self.runs = []
        self.doubts = []
        self.phases_at_doubt = set()

    def doubt(self, sentence):
        self.doubts.append(sentence)
        self.phases_at_doubt |= {phase for phase, _, _ in self.seen}

    def kept(self, folder, *, of_killed=False):
        self.runs.append((folder, of_killed))

    def update(self, phase, done, total):
        self.seen.append((phase, done, total))


def assert_equal_means(one, other):
    assert one.quality.keys() == other.quality.keys()
    for metric, summary in one.quality.items():
        mean = other.quality[metric].mean
        assert summary.mean == (mean if mean is None else pytest.approx(mean, rel=1e-9)), metric
        assert summary.n == other.quality[metric].n
