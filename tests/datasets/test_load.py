from __future__ import annotations

import pickle
import unicodedata
import weakref
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hairopt.datasets import BadFileError, Case, load_dataset
from hairopt.errors import DataError
from hairopt.images import limits

from .conftest import disc, photo, save

HOSTILE_NAMES = [
    "two words",
    "-rf",
    "--help",
    "Zoë 髪 🦱",
    "<img src=x onerror=alert(1)>",
    "a,b\"c'd",
    "name@violet",
    "..hidden.dots",
]


def test_images_and_masks_are_enough(make_folder):
    dataset = load_dataset(make_folder("b", "a"))
    assert [case.name for case in dataset.cases] == ["a", "b"]
    assert (dataset.name, dataset.title, dataset.licence, dataset.ignored) == ("set", "set", "", ())
    case = dataset.cases[0]
    assert (case.tags, case.source, case.change) == ({}, "a", None)
    loaded = case.read()
    assert np.array_equal(loaded.image, photo(1))
    assert np.array_equal(loaded.truth, disc() / np.float32(255))
    assert loaded.truth.dtype == np.float32
    assert np.array_equal(loaded.levels, disc())
    assert loaded.data == (dataset.path / "images" / "a.png").read_bytes()


def test_every_level_of_a_mask_is_its_255th_in_float32(tmp_path):
    levels = np.arange(256, dtype=np.uint8).repeat(16).reshape(64, 64)
    save(tmp_path / "images" / "a.png", photo(0, 64, 64))
    save(tmp_path / "masks" / "a.png", levels)
    loaded = load_dataset(tmp_path).cases[0].read()
    assert np.array_equal(loaded.levels, levels)
    assert loaded.truth.tobytes() == (levels / np.float32(255)).tobytes()
    assert loaded.truth is loaded.truth


@pytest.mark.parametrize("derived", [False, True])
def test_what_a_caller_holds_pictures_in_is_asked_for_before_the_next_one_is_read(
    make_folder, derived
):
    root = make_folder("a")
    for shade in ("7b2d8b", "2b4fb3"):
        save(root / "dyed" / f"a@{shade}.png", photo(7))
    if derived:
        (root / "dataset.toml").write_text("[cases.b]\nfrom='a'\nchange='mirrored'")
    case = load_dataset(root).case("b" if derived else "a")
    given: list[weakref.ref] = []
    alive: list[int] = []

    def hold(picture: np.ndarray) -> bytes:
        alive.append(sum(one() is not None for one in given))
        given.append(weakref.ref(picture))
        return picture.tobytes()

    loaded, plain = case.read(hold), case.read()
    assert loaded.image == plain.image.tobytes()
    assert loaded.dyed == {shade: one.tobytes() for shade, one in plain.dyed.items()}
    assert alive == [0, 0, 0]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_any_file_name_is_a_case_name(make_folder, name):
    root = make_folder(name) if not name.startswith(".") else make_folder("x" + name)
    (case,) = load_dataset(root).cases
    assert case.name == name.removeprefix("x") or case.name == "x" + name
    case.read()


def test_a_photo_and_its_mask_match_across_unicode_forms(tmp_path):
    composed, decomposed = (unicodedata.normalize(form, "Zoë") for form in ("NFC", "NFD"))
    save(tmp_path / "images" / f"{decomposed}.png", photo(0))
    save(tmp_path / "masks" / f"{composed}.png", disc())
    (tmp_path / "cases.csv").write_text(f"name,hat\n{decomposed},no\n", encoding="utf-8")
    (case,) = load_dataset(tmp_path).cases
    assert (case.name, case.tags) == (composed, {"hat": "no"})
    case.read()


def test_a_case_travels_between_processes(make_folder):
    dataset = load_dataset(make_folder("a"))
    again = pickle.loads(pickle.dumps(dataset))
    assert again == dataset
    assert hash(again.cases[0]) == hash(dataset.cases[0])
    assert again.fingerprint == dataset.fingerprint


def test_tags_and_clusters_come_from_cases_csv(make_folder):
    root = make_folder("a", "b", "c")
    (root / "cases.csv").write_text(
        "\ufeffname,hair_type,source\na,curly,ann\nb, wavy ,ann\nc,,\n", encoding="utf-8"
    )
    cases = {case.name: case for case in load_dataset(root).cases}
    assert cases["a"].tags == {"hair_type": "curly"}
    assert cases["b"].tags == {"hair_type": "wavy"}
    assert cases["c"].tags == {}
    assert [cases[name].source for name in "abc"] == ["ann", "ann", "c"]


def test_a_derived_case_that_would_be_too_large_is_refused_by_name(make_folder, monkeypatch):
    root = make_folder("a")
    (root / "dataset.toml").write_text("[cases.b]\nfrom='a'\nchange='large'\nfactor=8.0")
    case = load_dataset(root).case("b")
    assert case.read().image.shape == (640, 800, 3)
    monkeypatch.setattr(limits, "MAX_MEGAPIXELS", 0.5)
    reason = "b cannot be used: resized by 8, it has 800 x 640 pixels, more than 0.5 megapixels"
    for asked in (case.read, case.photo_bytes, case.image_sha256):
        with pytest.raises(BadFileError, match=reason) as caught:
            asked()
        assert caught.value.file == str(root / "images" / "a.png")


def test_dyed_pictures_are_keyed_by_the_hex_code_of_their_shade(make_folder):
    root = make_folder("a")
    save(root / "dyed" / "a@violet.png", photo(7))
    save(root / "dyed" / "a@00ff00.png", photo(8))
    save(root / "dyed" / "a@sparkling.png", photo(9))
    save(root / "dyed" / "nobody@blue.png", photo(9))
    dataset = load_dataset(root)
    dyed = dataset.cases[0].read().dyed
    assert set(dyed) == {"#7b2d8b", "#00ff00"}
    assert np.array_equal(dyed["#7b2d8b"], photo(7))
    assert len(dataset.ignored) == 2
    assert any("sparkling" in sentence for sentence in dataset.ignored)


def test_a_folder_without_photos_says_where_they_are(make_folder, tmp_path):
    root = make_folder("a")
    (root / "images").rename(root / "Images")
    with pytest.raises(DataError, match=r"images does not exist.*found: Images, masks"):
        load_dataset(root)
    (root / "images").symlink_to("gone")
    with pytest.raises(DataError, match="is a link to gone, which does not exist"):
        load_dataset(root)
    (root / "images").unlink()
    (root / "images").mkdir()
    (root / "Images").rename(root / "images" / "men")
    with pytest.raises(DataError, match=r"sub-folders are not read: .*men \(1 photo\)"):
        load_dataset(root)


def test_a_mask_whose_name_differs_in_capital_letters_says_so(make_folder):
    root = make_folder("a")
    (root / "masks" / "a.png").rename(root / "masks" / "A.png")
    (sentence,) = load_dataset(root).ignored
    assert "a.png differs in capital letters" in sentence


def test_files_that_do_not_belong_are_named_not_silently_dropped(make_folder):
    root = make_folder("a")
    (root / "images" / "b.tiff").write_bytes(b"II*\0")
    (root / "images" / ".DS_Store").write_bytes(b"")
    save(root / "masks" / "orphan.png", disc())
    save(root / "masks" / "a.jpg", disc())
    ignored = load_dataset(root).ignored
    assert len(ignored) == 3
    assert not any(".DS_Store" in sentence for sentence in ignored)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda root: save(root / "images" / "a.webp", photo(1)), ["a.png", "a.webp", "same name"]),
        (lambda root: (root / "cases.csv").write_text("name,hat\nzz,no\n"), ["unknown case 'zz'"]),
        (lambda root: (root / "cases.csv").write_text("name;hat\na;no\n"), ["semicolons"]),
        (
            lambda root: (root / "cases.csv").write_text('"name";"hat"\n"a";"no, none"\n'),
            ["semicolons"],
        ),
        (lambda root: (root / "cases.csv").write_text("hat\tname\nno\ta\n"), ["tabs"]),
        (lambda root: (root / "noise.csv").write_text("name;noise_de00_mean\n"), ["semicolons"]),
        (lambda root: (root / "cases.csv").symlink_to("gone.csv"), ["link to gone.csv"]),
        (lambda root: (root / "noise.csv").symlink_to("gone.csv"), ["link to gone.csv"]),
        (lambda root: (root / "dataset.toml").symlink_to("gone.toml"), ["link to gone.toml"]),
        (lambda root: (root / "cases.csv").write_text("name\na.png\n"), ["without an extension"]),
        (lambda root: (root / "cases.csv").write_text("name\na\na\n"), ["'a' is listed twice"]),
        (lambda root: (root / "cases.csv").write_text("file,hat\na,no\n"), ["'name'", "file, hat"]),
        (lambda root: (root / "cases.csv").write_text("name,hat\na,no,yes\n"), ["3 cells"]),
        (lambda root: (root / "cases.csv").write_text(""), ["'name'", "nothing"]),
        (lambda root: (root / "cases.csv").write_bytes(b"name,\xff\n"), ["cases.csv", "UTF-8"]),
        (lambda root: (root / "dataset.toml").write_text("title = "), ["dataset.toml", "TOML"]),
        (lambda root: (root / "dataset.toml").write_text("titel = 'x'"), ["titel"]),
        (
            lambda root: (root / "dataset.toml").write_text("[cases.x]\nfrom='y'\nchange='small'"),
            ["cases.x", "factor"],
        ),
        (
            lambda root: (root / "dataset.toml").write_text(
                "[cases.x]\nfrom='y'\nchange='mirrored'"
            ),
            ["cases.x", "unknown case 'y'"],
        ),
        (
            lambda root: (root / "dataset.toml").write_text("[cases.x]\nfrom='a'\nchange='melted'"),
            ["cases.x", "melted", "mirrored"],
        ),
        (
            lambda root: (root / "dataset.toml").write_text(
                "[cases.a]\nfrom='a'\nchange='mirrored'"
            ),
            ["cases.a", "same name"],
        ),
        (
            lambda root: (root / "dataset.toml").write_text(
                "[cases.x]\npackage='os.path'\nfile='f'\nsha256='00'"
            ),
            ["cases.x.package", "cases.x.sha256"],
        ),
        (
            lambda root: (root / "dataset.toml").write_text(
                f"[cases.a]\npackage='skimage'\nfile='f'\nsha256='{'0' * 64}'"
            ),
            ["cases.a", "a.png"],
        ),
    ],
)
def test_a_faulty_structure_is_refused_with_every_fault(make_folder, spoil, words):
    root = make_folder("a")
    spoil(root)
    with pytest.raises(DataError) as caught:
        load_dataset(root)
    message = str(caught.value)
    assert str(root) in message
    assert all(word in message for word in words), message


def test_faults_are_listed_together(make_folder):
    root = make_folder("a")
    save(root / "images" / "a.webp", photo(1))
    (root / "cases.csv").write_text("name\nzz\n")
    (root / "dataset.toml").write_text("[cases.x]\nfrom='y'\nchange='mirrored'")
    with pytest.raises(DataError) as caught:
        load_dataset(root)
    assert len(str(caught.value).splitlines()) == 4


def test_no_folder_no_photo(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        load_dataset(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="is a file"):
        load_dataset(tmp_path / "file")
    with pytest.raises(DataError, match="no photo"):
        load_dataset(tmp_path)


def _reason(case: Case) -> BadFileError:
    with pytest.raises(BadFileError) as caught:
        case.read()
    assert pickle.loads(pickle.dumps(caught.value)).file == caught.value.file
    return caught.value


def test_one_bad_case_among_many_costs_only_itself(make_folder):
    root = make_folder("bad", *(f"good{index}" for index in range(20)))
    (root / "images" / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
    cases = load_dataset(root).cases
    assert len(cases) == 21
    assert _reason(cases[0]).file == str(root / "images" / "bad.png")
    for case in cases[1:]:
        case.read()


def test_a_missing_mask_is_named(make_folder):
    root = make_folder("a")
    (root / "masks" / "a.png").unlink()
    (case,) = load_dataset(root).cases
    error = _reason(case)
    assert error.file == str(root / "masks" / "a.png")
    assert "does not exist" in str(error)


def test_a_mask_or_dyed_picture_of_another_size_is_named(make_folder):
    root = make_folder("a", "b")
    save(root / "masks" / "a.png", disc(100, 80))
    save(root / "dyed" / "b@blue.png", photo(1, 10, 10))
    first, second = load_dataset(root).cases
    error = _reason(first)
    assert error.file == str(root / "masks" / "a.png")
    assert "80x100" in str(error)
    assert "100x80" in str(error)
    assert "EXIF" in str(error)
    assert _reason(second).file == str(root / "dyed" / "b@blue.png")


def test_an_exif_turned_photo_fits_an_upright_mask(make_folder):
    root = make_folder("a")
    (root / "images" / "a.png").unlink()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(photo(0, 100, 80)).save(root / "images" / "a.jpg", exif=exif)
    (case,) = load_dataset(root).cases
    assert case.read().image.shape == (80, 100, 3)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("package='no_such_package'\nfile='f.png'", "not installed"),
        ("package='numpy'\nfile='no/such.png'", "no such file"),
        ("package='numpy'\nfile='../PIL/__init__.py'", "no such file"),
        ("package='numpy'\nfile='/etc/hostname'", "no such file"),
        ("package='numpy'\nfile='__init__.py'", "SHA-256"),
    ],
)
def test_a_packaged_photo_that_is_not_the_pinned_one_is_a_bad_case(make_folder, entry, words):
    root = make_folder("a")
    (root / "dataset.toml").write_text(f"[cases.packaged]\n{entry}\nsha256='{'0' * 64}'")
    good, bad = load_dataset(root).cases
    good.read()
    assert words in str(_reason(bad))


def test_the_folder_may_be_relative(make_folder, monkeypatch):
    monkeypatch.chdir(make_folder("a"))
    dataset = load_dataset(Path())
    assert dataset.name == "set"
    dataset.cases[0].read()
