"""Tables that compare networks."""
