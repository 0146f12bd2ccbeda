"""From the repository root: python -m tools.metric_pictures."""

from __future__ import annotations

import matplotlib as mpl

from tools.metric_pictures import portraits, shapes


def main() -> None:
    """Draw them all."""
    mpl.use("Agg")
    mpl.rcParams["axes.edgecolor"] = "#999999"
    shapes.draw_mask()
    shapes.draw_boundary()
    shapes.draw_edge()
    shapes.draw_matte()
    portraits.draw_color()
    portraits.draw_texture()
    portraits.draw_bleed()
    portraits.draw_response()


if __name__ == "__main__":
    main()
