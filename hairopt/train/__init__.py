"""Training of a compact network from a teacher, unlabelled photos and labelled datasets."""
