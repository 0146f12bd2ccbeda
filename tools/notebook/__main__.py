"""Execute ``docs/python.ipynb`` and render it: ``python -m tools.notebook``.

It runs in a scratch folder with ``photo.jpg`` and ``my-photos``, made from the shipped portraits.
Outputs are kept in the notebook; ``docs/python.md`` is the same with its pictures in
``docs/images``.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from tools.notebook.example_photos import write_example_photos

DOCS = Path(__file__).resolve().parents[2] / "docs"
NOTEBOOK = DOCS / "python.ipynb"
PAGE = DOCS / "python.md"


def main() -> None:
    """Execute, keep the outputs, render the page."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_example_photos(folder)
        os.environ["HAIROPT_HOME"] = str(folder / "home")
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": name}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # when each cell ran is of no interest
    notebook.metadata["language_info"] = {"name": "python"}  # whose version is of no interest
    nbformat.write(notebook, NOTEBOOK)
    page, pictures = rendered(NOTEBOOK)
    PAGE.write_text(page, encoding="utf-8")
    for file, data in pictures.items():
        (DOCS / file).write_bytes(data)


def rendered(path: Path) -> tuple[str, dict[str, bytes]]:
    """The page of an executed notebook, and its pictures by path."""
    import nbformat
    from nbconvert import MarkdownExporter

    exporter = MarkdownExporter()
    # A table as Markdown reads better in a repository than one as HTML without its styles.
    exporter.config.NbConvertBase.display_data_priority = [
        "text/markdown", "image/jpeg", "image/png", "text/plain",
    ]  # fmt: skip
    resources = {"output_files_dir": "images", "unique_key": "python"}
    text, made = exporter.from_notebook_node(nbformat.read(path, as_version=4), resources)
    # nbconvert leaves spaces at the ends of lines and several empty lines.
    text = re.sub(r"[ \t]+\n", "\n", text)
    page = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    # nbconvert also gives pictures in formats that the page does not show.
    return page, {file: data for file, data in made["outputs"].items() if f"({file})" in page}


if __name__ == "__main__":
    main()
