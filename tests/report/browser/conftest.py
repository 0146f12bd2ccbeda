"""A headless browser, and real reports with hostile names to open in it."""

import json
import shutil
import subprocess

import pytest

from tests.cli.conftest import COMMAND, add_case, environment

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    # The sandbox needs rights that a container may not have; the pages are our own.
    "--no-sandbox",
    # Chromium itself asks for nothing: component lists, experiments, time.
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
)  # fmt: skip
HOSTILE_NAME = "<img src=x onerror=alert(1)>"
HOSTILE_TAG = "<b onclick=alert(3)>"
HOSTILE_VALUE = "<script>alert(2)</script>"
PHOTOS = 14
CASES = PHOTOS + 1
"""One case is derived from another."""


@pytest.fixture(scope="package")
def browser():
    """Chromium as it is installed; nothing is downloaded."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is on PATH")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.fixture(scope="package")
def reports(tmp_path_factory):
    """The folder with a real run over hostile names, and its history with a copy of it."""
    root = tmp_path_factory.mktemp("reports")
    names = [HOSTILE_NAME, *(f"case-{index:02}" for index in range(1, PHOTOS))]
    lines = [f'name,source,hair_type,"{HOSTILE_TAG}"']
    for index, name in enumerate(names):
        add_case(root / "data", name, size=96 + 8 * index)
        hair = HOSTILE_VALUE if index == 0 else "curly" if index % 2 else "straight"
        lines.append(f'"{name}",,{hair},{"odd" if index % 2 else "even"}')
    add_case(root / "data", "derived", size=120)
    lines.append("derived,case-02,straight,even")
    (root / "data" / "cases.csv").write_text("\n".join(lines) + "\n")
    asked = ("--shade", "violet", *(w for i in (0, 50, 100) for w in ("--intensity", str(i))))
    variants = ("--variant", "float32", "--variant", "conditional-post")
    run(root, "bench", "--dataset", "data", "--rounds", "24", *asked, *variants)
    (folder,) = (root / "reports").iterdir()
    content = json.loads((folder / "run.json").read_text())
    later = root / "later"
    later.mkdir()
    content |= {"id": HOSTILE_NAME, "created_utc": "2999-01-01T00:00:00Z"}
    (later / "run.json").write_text(json.dumps(content))
    run(root, "report", folder, later, "--out", "reports")
    return root / "reports"


def run(root, *arguments):
    """Run the command; its words are shown where it fails."""
    done = subprocess.run(
        [COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=root,
        env=environment(root),
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="package")
def report_file(reports):
    return min(reports.glob("*/report.html"))


@pytest.fixture(scope="package")
def history_file(reports):
    return reports / "history.html"


@pytest.fixture
def open_page(browser):
    """Open a file in a page of its own; afterwards it must have asked for nothing and said nothing.

    Every test so proves that no request but for the file itself left the page, that no dialog
    opened, and that the console shows no error.
    """
    contexts, said, asked = [], [], []

    def open_file(file, width=1280, **settings):
        context = browser.new_context(viewport={"width": width, "height": 900}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on(
            "dialog", lambda dialog: (said.append(f"dialog: {dialog.message}"), dialog.dismiss())
        )
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert said == []
    assert {url.partition(":")[0] for url in asked} <= {"file", "data"}
    assert len([url for url in asked if url.startswith("file:")]) == len(contexts)
