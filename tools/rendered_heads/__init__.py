"""Render heads with strand-level hair, the exact alpha of that hair, and the same heads dyed."""
