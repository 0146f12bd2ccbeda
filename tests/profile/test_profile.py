"""A profile of a real pipeline in its own process."""

from __future__ import annotations

import json

import pytest

from hairopt.errors import DataError, UsageError
from hairopt.profile.profile import ProfileRequest, profile_variant
from hairopt.types import STAGES, Shade
from hairopt.variants.load import load_variant

VIOLET = Shade.parse("violet")


@pytest.fixture
def photo(small_dataset):
    return small_dataset.cases[0].photo.read_bytes()


def test_everything_is_measured_and_written(photo, tmp_path):
    out = tmp_path / "profile"
    found = profile_variant(
        ProfileRequest(load_variant("float32"), "a", photo, VIOLET, requests=4, out=out)
    )
    assert [stage.name for stage in found.stages] == list(STAGES)
    assert found.dominant == max(found.stages, key=lambda s: s.warm_ms).name
    assert found.warm_ms == pytest.approx(sum(s.warm_ms for s in found.stages))
    assert 0 < found.recode_ms < found.warm_ms
    assert found.first_ms > 0
    assert found.startup_requests > 1
    decode = found.stages[0]
    assert (decode.bytes_in, decode.bytes_out) == (len(photo), 200 * 200 * 3)
    types = found.network.types
    assert "Conv" in [one.type_ for one in types[:3]]
    assert sum(one.share for one in types) == pytest.approx(1.0)
    assert len(found.network.layers) > len(types)
    assert json.loads((out / "profile.json").read_text())["schema"] == "hairopt.profile/1"
    pytest.importorskip("pyinstrument")
    flame = json.loads((out / "profile.speedscope.json").read_text())
    assert any("segment" in frame["name"] for frame in flame["shared"]["frames"])


def test_a_busy_machine_is_warned_of_as_in_a_bench(photo, tmp_path, monkeypatch):
    monkeypatch.setattr("os.getloadavg", lambda: (99.0, 0.0, 0.0))
    monkeypatch.setattr(
        "hairopt.measure.environment._busy_and_own_s", iter([(0, 0), (1e6, 0)]).__next__
    )
    found = profile_variant(
        ProfileRequest(load_variant("float32"), "a", photo, VIOLET, requests=1, out=tmp_path)
    )
    assert any("load average 99.0" in line for line in found.warnings)
    assert any("other processes took 100 % of all cores" in line for line in found.warnings)
    assert json.loads((tmp_path / "profile.json").read_text())["warnings"] == found.warnings


def test_a_pipeline_without_network_says_so(photo):
    base = load_variant("float32")
    nothing = base.model_copy(
        update={"segment": base.segment.model_copy(update={"method": "none"})}
    )
    found = profile_variant(ProfileRequest(nothing, "a", photo, VIOLET, requests=2))
    assert "no network file" in found.network.note
    assert found.flame == ""


def test_refusals_name_what_is_wrong(photo):
    with pytest.raises(UsageError, match="at least 1"):
        profile_variant(ProfileRequest(load_variant("float32"), "a", photo, VIOLET, requests=0))
    with pytest.raises(DataError, match=r"broken\.jpg"):
        profile_variant(ProfileRequest(load_variant("float32"), "broken.jpg", b"no", VIOLET))
