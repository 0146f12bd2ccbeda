"""How the bundled network is made and judged."""
