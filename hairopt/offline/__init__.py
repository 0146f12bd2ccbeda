"""Nothing leaves the machine: libraries are kept quiet, and the kernel refuses the network."""
