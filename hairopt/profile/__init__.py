"""Profile one variant: where its time goes, and why."""
