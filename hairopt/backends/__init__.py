"""Back-ends: try-on pipelines that hairopt did not write, asked for answers as they are."""
