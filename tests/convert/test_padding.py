"""The padding arithmetic, on cases that can be counted on paper."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairopt.convert.tflite.padding import forward_pads, transposed_pads


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation", "expected"),
    [
        (4, 3, 1, 1, (1, 1)),  # centred
        (4, 3, 2, 1, (0, 1)),  # windows at 0 and 2; only the second needs one more
        (5, 3, 2, 1, (1, 1)),
        (4, 2, 2, 1, (0, 0)),  # tiles
        (5, 2, 2, 1, (0, 1)),
        (6, 3, 1, 4, (4, 4)),  # dilated to nine wide
    ],
)
def test_same_padding_on_paper(size, kernel, stride, dilation, expected):
    assert forward_pads(size, kernel, stride, dilation, "SAME") == expected


def test_valid_padding_is_none():
    assert forward_pads(7, 3, 2, 1, "VALID") == (0, 0)


@given(st.integers(1, 64), st.integers(1, 7), st.integers(1, 4), st.integers(1, 4))
def test_same_padding_gives_ceil_outputs_and_no_more_than_needed(size, kernel, stride, dilation):
    before, after = forward_pads(size, kernel, stride, dilation, "SAME")
    window = (kernel - 1) * dilation + 1
    if size + before + after >= window:
        assert (size + before + after - window) // stride + 1 == -(-size // stride)
    assert after - before in (0, 1)


@given(st.integers(1, 64), st.integers(1, 7), st.integers(1, 4))
def test_transposed_padding_meets_the_size(size, kernel, stride):
    out = size * stride
    before, after, extra = transposed_pads(size, out, kernel, stride, "SAME")
    assert stride * (size - 1) + kernel - before - after + extra == out
    assert min(before, after, extra) >= 0


def test_a_size_that_no_cut_gives_is_refused():
    with pytest.raises(ValueError, match="cannot become 99"):
        transposed_pads(4, 99, 3, 2, "SAME")
