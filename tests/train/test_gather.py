"""Labels belong to the teacher that made them: its file and its contract."""

from hairopt.models.add import add
from hairopt.models.store import find_model
from hairopt.train.gather import gather


def _gather(photos, folder, teacher):
    return gather(photos, [], [], [], teacher, folder, lambda *_: None)


def test_a_teacher_with_another_contract_labels_anew(photos, tmp_path) -> None:
    for photo in sorted(photos.rglob("*.png"))[2:]:
        photo.unlink()
    path = find_model("hairnet")[1]
    add(path, name="mine", input_values={"mean": [0.5, 0.5, 0.5]})
    found = [_gather(photos, tmp_path / "out", name) for name in ("hairnet", "mine", "hairnet")]
    labels = [[one.store.read(entry)[1].tobytes() for entry in one.entries] for one in found]
    assert labels[0] == labels[2] != labels[1]
    assert len(list((tmp_path / "out").iterdir())) == 2
