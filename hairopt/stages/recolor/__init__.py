"""Stage recolor: the dyed layer, one method a file; ``load`` finds a method and checks it."""
