"""Random changes of a photo and its label, made before the network sees them.

Every function takes a ``numpy`` generator and no other source of chance, so that the n-th example
of a run is the same on every machine and after every interruption.
"""
