"""Reading what a CPU can do."""

import pytest

from hairopt.convert.quantization.onnx_int8 import Int8Settings
from hairopt.cpu_isa import RELEVANT, cpu_isa, has_dot_product, parse_cpuinfo

X86 = "processor\t: 0\nflags\t\t: fpu sse4_2 avx2 avx512_vnni\n\nprocessor\t: 1\nflags\t\t: fpu\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd asimddp\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (X86, {"fpu", "sse4_2", "avx2", "avx512_vnni"}),
        (ARM, {"fp", "asimd", "asimddp"}),
        ("", set()),
    ],
)
def test_cpuinfo(text, expected):
    assert parse_cpuinfo(text) == expected


@pytest.mark.parametrize(
    ("isa", "expected"),
    [(("avx2",), False), (("avx2", "avx_vnni"), True), (("asimd", "asimddp"), True), ((), False)],
)
def test_dot_product(isa, expected):
    assert has_dot_product(isa) is expected


def test_this_cpu_is_read_in_a_fixed_order():
    isa = cpu_isa()
    assert isa
    assert [name for name in RELEVANT if name in isa] == list(isa)
    assert Int8Settings.for_this_cpu().reduce_range is not has_dot_product(isa)
