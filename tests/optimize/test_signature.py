"""What is measured may be used again for the same question only, of the same networks, here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hairopt.models.add import add
from hairopt.models.store import find_model
from hairopt.optimize import request as module
from hairopt.variants.load import with_model

from .conftest import knob

pytestmark = pytest.mark.usefixtures("own_home")


def _add(name, anew=False, **entry):
    add(find_model("hairnet")[1], name=name, input_values=entry, replace=anew)


def test_a_network_of_the_search_that_is_replaced_makes_it_another_question(asks):
    _add("mine")
    _add("other")
    plain = asks([knob("network", "segment.model", "hairnet", "other")])
    request = replace(plain, baseline=with_model(plain.baseline, "mine"))
    found = [request.signature()]
    _add("unrelated")
    assert request.signature() == found[0]
    for name in ("mine", "other"):
        _add(name, anew=True, mean=[0.5, 0.5, 0.5])
        found.append(request.signature())
    assert len(set(found)) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [("cpu_model", lambda: "another"), ("cpu_isa", lambda: ("sse4_2",)), ("__version__", "9.9")],
)
def test_so_do_another_processor_and_another_version(asks, monkeypatch, name, value):
    request = asks([knob("encoder", "encode.format", "jpeg")])
    before = request.signature()
    monkeypatch.setattr(module, name, value)
    assert request.signature() != before
