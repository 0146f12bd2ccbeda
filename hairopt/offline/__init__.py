"""Keep all data on the machine: library reports are off, and the kernel refuses connections."""
