"""When a change counts as proven: the level of significance, and the fewest photos."""

ALPHA = 0.05
"""Level of significance of the tests."""

FEWEST_IMAGES = 6
"""Least number of source images that can prove a change: even if every one of them changes in the
same direction, a sign test at 5 % (two-sided, 2 * 0.5 ** n) needs six. With fewer, no interval of a
change holds.
"""
