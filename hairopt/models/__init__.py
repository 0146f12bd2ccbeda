"""The model store: pinned network files with their licences and input and output contracts."""
