"""Statistical evidence: paired changes, their intervals and tests, and when one is proven."""
