"""The verdict of a comparison in each format."""
