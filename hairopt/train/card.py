"""The model card: data, procedure, figures and limits of a trained network."""

from __future__ import annotations

from dataclasses import dataclass

from hairopt import __version__
from hairopt.quantities import number_of
from hairopt.train.checkpoint import State
from hairopt.train.gather import Gathered
from hairopt.train.labels import MIN_AGREEMENT
from hairopt.train.order import Order
from hairopt.train.plan import Plan


@dataclass(frozen=True)
class CardFacts:
    """The data for the card.

    Attributes:
        order: the user's order.
        gathered: the training data.
        plan: the settings of the training.
        state: the state at the end.
        start_score, score: mean IoU before and after, on the photos that chose the network.
        device: device of the training.
    """

    order: Order
    gathered: Gathered
    plan: Plan
    state: State
    start_score: float | None
    score: float | None
    device: str

    @property
    def photos(self) -> int:
        """Number of photos that were trained on."""
        return sum(entry.usable and not entry.held_out for entry in self.gathered.entries)


def model_card(facts: CardFacts) -> str:
    """The card as Markdown."""
    sections = [
        f"# {facts.order.name}",
        "A compact network that finds hair in photos: RGB / 255, the whole photo resized to "
        "256 x 256, to the probability of hair per pixel.",
        "## Data",
        _data(facts),
        "## Procedure",
        _procedure(facts),
        "## Measured",
        _measured(facts),
        "## Limits",
        "- It also learns the mistakes of its teacher.\n"
        "- It was not measured on photos unlike the training photos. Bench it on your own "
        "labelled dataset, with tags, before you ship it.\n"
        "- At 256 px single strands are lost; the mask is soft there.",
        "## Licence",
        facts.order.licence,
    ]
    return "\n\n".join(sections) + "\n"


def _data(facts: CardFacts) -> str:
    entries = facts.gathered.entries
    taught = [entry for entry in entries if not entry.exact]
    dropped = [entry for entry in taught if not entry.usable]
    lines = [
        f"- {number_of(len(taught), 'photo')} of `{facts.order.photos.name}`, labelled by "
        f"`{facts.order.teacher}` (SHA-256 {facts.gathered.teacher_sha256}): the mean of four "
        "views (as it is, wider, both mirrored).",
        f"- {len(dropped)} of them not used: views that overlap by less than {MIN_AGREEMENT}, or "
        "hardly any hair.",
        f"- {sum(entry.held_out for entry in entries)} kept from training, chosen by content.",
    ]
    lines += [
        f"- {number_of(len(dataset.cases), 'case')} of `{dataset.name}` with their truth "
        f"({dataset.licence or 'licence not stated'})."
        for dataset in facts.order.labelled
    ]
    if facts.gathered.backgrounds:
        lines.append(f"- {number_of(len(facts.gathered.backgrounds), 'photo')} without people.")
    judges = [one for one in (facts.order.watched, *facts.order.judged) if one is not None]
    lines += [
        f"- No training photo occurs in `{dataset.name}`, by content hash and perceptual hash."
        for dataset in judges
    ]
    return "\n".join(lines)


def _procedure(facts: CardFacts) -> str:
    plan, state = facts.plan, facts.state
    return (
        f"hairopt {__version__}, start from `{facts.order.start}`, {state.step} batches of "
        f"{plan.batch} in {state.spent_s / 60:.0f} minutes on {facts.device}, AdamW with a peak "
        f"rate of {plan.peak_rate:g}, seed {plan.seed}, moving average of the weights. The best "
        "checks, or their mean, were kept; see `curve.csv`."
    )


def _measured(facts: CardFacts) -> str:
    if facts.score is None:
        return "Nothing: there was no held-out photo."
    by = (
        f"`{facts.order.watched.name}`, which also chose the best state of the network, so the "
        "value is too good"
        if facts.order.watched
        else "held-out photos, against the teacher's labels (agreement with the teacher, not truth)"
    )
    before = f", {facts.start_score:.3f} at the start" if facts.start_score is not None else ""
    return f"Mean IoU at 0.5 on {by}: {facts.score:.3f}{before}."
