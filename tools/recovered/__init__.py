"""How well the dyed region is recovered from answers, against the alpha that is known."""
