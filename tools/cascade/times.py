"""CPU times of views on this machine, in turns, relative to MediaPipe's own runtime."""

from __future__ import annotations

import time
from collections.abc import Sequence

from hairopt.datasets.case import photos_of
from hairopt.datasets.dataset import Dataset
from tools.cascade.views import REFERENCE, View, load, seen

_PHOTOS = 8
_ROUNDS = 4


def relative_times(views: Sequence[View], dataset: Dataset) -> dict[View, float]:
    """View -> its CPU time as a share of ``REFERENCE``'s, one thread each.

    The least of some rounds for every photo, summed over photos. On a busy machine CPU time stays
    the same where wall time does not; ``hairopt bench`` measures both.
    """
    every = max(1, len(dataset.cases) // _PHOTOS)
    photos = photos_of(dataset.cases[::every])
    loaded = {view: load(view) for view in (REFERENCE, *views)}
    fastest = {view: [float("inf")] * len(photos) for view in loaded}
    for _ in range(_ROUNDS):
        for view, segmenter in loaded.items():
            seen(segmenter, photos[0], view)
            for place, photo in enumerate(photos):
                start = time.process_time()
                seen(segmenter, photo, view)
                spent = time.process_time() - start
                fastest[view][place] = min(fastest[view][place], spent)
    for segmenter in loaded.values():
        segmenter.close()
    whole = sum(fastest[REFERENCE])
    return {view: sum(fastest[view]) / whole for view in views}
