"""int8, float16 and mixed precision: calibration, conversion and diagnosis."""
