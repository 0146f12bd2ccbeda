"""What is done to a photo and its label between the disk and the network.

Every function takes a ``numpy`` generator and depends on nothing else, so that the n-th example
of a run is the same on every machine and after every interruption.
"""
