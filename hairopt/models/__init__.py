"""The model store: pinned files, licences, and what a network takes and gives."""
