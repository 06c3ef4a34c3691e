"""Demo: walks the apps and lets each build its part of a small city."""
