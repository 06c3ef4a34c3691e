"""The index itself: what may be found, who may find it, and where it is kept."""
