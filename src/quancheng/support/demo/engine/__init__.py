"""Running a whole town on one machine."""
