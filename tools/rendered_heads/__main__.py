"""``python -m tools.rendered_heads OUT``: render what is not finished yet, scene by scene."""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tools.rendered_heads.manifest import Manifest
from tools.rendered_heads.pairs import produce_all_pairs
from tools.rendered_heads.produce import produce
from tools.rendered_heads.scenes import load
from tools.rendered_heads.train import MIXES, produce_batch


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="tools.rendered_heads", description=__doc__)
    parser.add_argument("out", type=Path, help="folder of the dataset; finished scenes are kept")
    parser.add_argument("--seed", type=int, default=0, help="of faces and hair; 0 as published")
    parser.add_argument("--only", action="append", metavar="NAME", help="render this scene only")
    parser.add_argument("--train", type=int, metavar="N", help="N small random pictures instead")
    parser.add_argument("--pairs", type=int, metavar="N", help="N small dyed scenes instead")
    parser.add_argument("--mix", choices=sorted(MIXES), default="broad", help="what --train draws")
    parser.add_argument("--tables", action="store_true", help="only write the tables anew")
    return parser.parse_args(argv)


def render_scenes(out: Path, seed: int, only: Sequence[str] | None) -> None:
    """Render every pending scene, each in a fresh process: Blender gives memory back only so."""
    recipe, manifest = load(seed), Manifest(out)
    out.mkdir(parents=True, exist_ok=True)
    pending = manifest.pending(recipe, recipe.qualities["final"], seed)
    if only:
        unknown = set(only) - {scene.name for scene in recipe.scenes}
        if unknown:
            raise SystemExit(f"scenes.toml has no scene {', '.join(sorted(unknown))}")
        pending = [scene for scene in pending if scene.name in only]
    context = multiprocessing.get_context("spawn")
    for scene in pending:
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            record = pool.submit(produce, out, scene.name, seed).result()
        manifest.add(scene.name, record)
        manifest.write_tables(recipe)
        print(f"{scene.name}: {record['cpu_s']} CPU s, {record['truth']}", flush=True)  # noqa: T201


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    asked = parse(argv)
    if asked.tables:
        Manifest(asked.out).write_tables(load(asked.seed))
    elif asked.pairs is not None:
        produce_all_pairs(asked.out, asked.pairs, asked.seed)
    elif asked.train is not None:
        produce_batch(asked.out, asked.train, asked.seed, asked.mix)
    else:
        render_scenes(asked.out, asked.seed, asked.only)


if __name__ == "__main__":
    main()
