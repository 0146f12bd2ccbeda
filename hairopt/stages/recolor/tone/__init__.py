"""Recolour by a curve of colours over luma, placed by what is seen of hair, light and shade."""
