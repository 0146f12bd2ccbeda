"""Which cases a rule looks at: defined on both sides, none lost, slices of enough photos."""

from tests.gate.made_up_cases import paired


def test_a_sample_holds_the_cases_that_are_defined_on_both_sides():
    cases = paired(iou=([0.9, None, 0.7, 0.0], [0.8, 0.5, None, 0.0]))
    sample = cases.sample("iou")
    assert (sample.baseline.tolist(), sample.candidate.tolist()) == ([0.9, 0.0], [0.8, 0.0])
    assert paired(iou=([None], [0.5])).sample("iou").n_cases == 0


def test_lost_is_what_had_a_value_and_was_answered_without_one():
    cases = paired(iou=([0.9, 0.0, None, 0.8, 0.7], [None, None, None, 0.1, None]),
                   missing=["image-4"])  # fmt: skip
    # image-1 had hair painted where there is none (IoU 0), and has none now; image-4 failed.
    assert cases.lost("iou") == ["image-0"]


def test_slices_are_counted_in_photos_and_sorted():
    sources = ["a", "a", "b", "c", "d"]
    tags = [
        {"hair": "wavy", "set": "x"},
        {"hair": "wavy", "set": "x"},
        {"hair": "curly", "set": "x"},
        {"hair": "curly", "set": "x"},
        {"set": "x"},
    ]
    cases = paired(iou=([0.9] * 5, [0.9] * 5), sources=sources, tags=tags)
    # Two cases of one photo are one image; what every photo carries is no slice.
    assert cases.slices(1) == [("hair", "curly"), ("hair", "wavy")]
    assert cases.slices(2) == [("hair", "curly")]
    assert cases.slices(3) == []
