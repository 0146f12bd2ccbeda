"""The region that a back-end dyed, recovered from its answers alone."""
