"""What a variant costs: measured resources per request times dated prices."""
