import pytest

from hairopt.datasets.load import load_dataset
from hairopt.errors import UsageError
from hairopt.train.order import Length
from tools.training.halves import half


@pytest.mark.parametrize(
    "length", [{}, {"minutes": 1, "epochs": 1}, {"epochs": 0}, {"minutes": -1}]
)
def test_a_length_is_minutes_or_epochs(length) -> None:
    with pytest.raises(UsageError, match="minutes or"):
        Length(**length)


def test_an_epoch_is_as_many_batches_as_the_photos_fill() -> None:
    plan = Length(epochs=2.5).plan(160, seed=1, batch=16, peak_rate=1e-4, from_noise=False)
    assert plan.steps == 25
    assert plan.minutes is None


def test_the_patience_of_a_length_is_that_of_the_plan() -> None:
    told = Length(minutes=1, patience=3)
    assert told.plan(160, seed=1, batch=16, peak_rate=1e-4, from_noise=False).patience == 3


def test_the_halves_of_a_dataset_share_nothing_and_lack_nothing(labelled) -> None:
    dataset = load_dataset(labelled)
    steering, final = half(dataset, "steering"), half(dataset, "final")
    assert [case.name for case in steering.cases] == ["0", "2"]
    assert [case.name for case in final.cases] == ["1"]
