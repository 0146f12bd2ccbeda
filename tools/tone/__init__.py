"""Fit the placement of ``recolor.tone`` to rendered pairs, and judge methods of recolouring."""
