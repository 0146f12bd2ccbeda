"""Measure a stored side again, on this machine: which variant it was, and what has changed since.

Of the stored side only its configuration is used: the variant, the network's hash, the dataset,
shades, intensities and seed. Its scores are not.
"""

from __future__ import annotations

import re
from contextlib import suppress

from hairopt.datasets import Dataset
from hairopt.errors import ConfigError, HairoptError, NotComparableError
from hairopt.files.validated import validated
from hairopt.gate.snapshot import Snapshot, means
from hairopt.measure.run_model import joined_name, joined_sha256
from hairopt.models.store import find_record
from hairopt.variants.methods import method_faults, method_files, method_hashes
from hairopt.variants.schema import CASCADE, Variant

_WEIGHT_BITS = re.compile(r"\b[78]-bit weights\b")
"""The only part of a derivation that is decided by the CPU: 7 bits where products saturate."""


def stored_variant(stored: Snapshot) -> Variant:
    """The variant of a stored side, as it was measured.

    Raises:
        NotComparableError: this version of hairopt cannot read it, one of its methods is missing
            or has changed, or its network is known here with another hash.
    """
    origin = f"its variant, stored by hairopt {stored.hairopt_version}"
    try:
        variant = validated(stored.spec, Variant, lambda _: origin)
    except ConfigError as error:
        raise _refusal(stored, str(error)) from error
    for sentence in method_faults(variant).values():
        raise _refusal(stored, sentence)
    _require_methods(stored)
    _require_network(stored, variant)
    return variant


def require_dataset(stored: Snapshot, dataset: Dataset, *, is_chosen: bool) -> str | None:
    """Refuse a dataset that is another one than the stored side's, unless it was asked for.

    Args:
        stored: the stored side.
        dataset: the dataset that both sides will be measured on.
        is_chosen: whether the settings name this dataset.

    Returns:
        A note where a chosen dataset differs from the stored side's; otherwise None.

    Raises:
        NotComparableError: the dataset differs, and nobody named it.
    """
    if dataset.fingerprint == stored.dataset_fingerprint:
        return None
    apart = (
        f"{stored.variant} was stored on {stored.dataset} ({stored.dataset_fingerprint[:12]}), "
        f"and {dataset.path} has {dataset.name} ({dataset.fingerprint[:12]})"
    )
    if is_chosen:
        return f"The dataset has changed: {apart}. Both sides were measured on the latter."
    raise NotComparableError(
        f"the dataset is another one: {apart}. Name the folder with --dataset (or `dataset` in the "
        "configuration) to measure both sides on it"
    )


def note_of(name: str, stored: Snapshot, now: Snapshot) -> str:
    """What was measured again, and what differs from then, in words.

    Args:
        name: how the user named the stored side.
        stored: the stored side.
        now: the same variant, measured now.

    Raises:
        NotComparableError: another network ran.
    """
    _require_same_network(stored, now)
    then, again = (means(side).get("iou") for side in (stored, now))
    iou = "" if then is None or again is None else f" Mean IoU: stored {then:.4f}, now {again:.4f}."
    form = ""
    if stored.model_sha256 != now.model_sha256:
        form = (
            f" Its file was made here from the same network (now {now.model_sha256[:12]}, stored "
            f"{stored.model_sha256[:12]})."
        )
    then_isa, now_isa = " ".join(stored.isa), " ".join(now.isa)
    where = f" ({now_isa}; then {then_isa})" if then_isa != now_isa else ""
    return (
        f"{name} ({stored.variant}, stored {stored.created_utc[:10]}) was measured again on this "
        f"machine{where}, together with the other side; its stored numbers were not used."
        f"{iou}{form}"
    )


def _refusal(stored: Snapshot, reason: str) -> NotComparableError:
    return NotComparableError(f"{stored.variant} cannot be measured again: {reason}")


def _require_methods(stored: Snapshot) -> None:
    """Refuse a method whose file has changed: both sides would run the new one."""
    now = method_hashes(stored.spec)
    for key, path in method_files(stored.spec).items():
        then = stored.method_sha256.get(key, "")
        if now.get(key) != then:
            raise _refusal(
                stored,
                f"the file of its {key}, {path}, was {then[:12] or 'unknown'} when it was stored, "
                f"and is {now.get(key, 'unknown')[:12]}. Give the new method a file of its own, or "
                "compare with the stored numbers",
            )


def _require_network(stored: Snapshot, variant: Variant) -> None:
    """Refuse a network that is known here with another hash, before anything is measured."""
    models = [network.model for network in variant.segment.networks]
    then, now = stored.model_source_sha256, ""
    with suppress(HairoptError):  # a missing network is reported when it is loaded
        hashes = [find_record(model).sha256 for model in models]
        now = hashes[0] if variant.segment.method != CASCADE else joined_sha256(hashes)
    if stored.model == joined_name(models) and then and now and now != then:
        raise _refusal(stored, _other_network(stored, then, now))


def _require_same_network(stored: Snapshot, now: Snapshot) -> None:
    if stored.model_sha256 == now.model_sha256:
        return
    is_same_source = stored.model_source_sha256 == now.model_source_sha256 != ""
    if not is_same_source or _recipe(stored) != _recipe(now):
        raise _refusal(stored, _other_network(stored, stored.model_sha256, now.model_sha256))


def _recipe(snapshot: Snapshot) -> str:
    return _WEIGHT_BITS.sub("", snapshot.model_derivation)


def _other_network(stored: Snapshot, then: str, now: str) -> str:
    return (
        f"its network {stored.model or 'none'} was {then[:12] or 'unknown'} when it was stored, "
        f"and is {now[:12] or 'none'} here. Provide the stored one (hairopt models add), or store "
        "the baseline again with `hairopt baseline save NAME SOURCE --replace`"
    )
