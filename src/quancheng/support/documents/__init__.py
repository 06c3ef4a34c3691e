"""Documents: content-addressed files of every system."""
