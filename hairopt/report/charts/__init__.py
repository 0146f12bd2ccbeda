"""Charts of a run as inline SVG that takes its colours from the page, light or dark."""
