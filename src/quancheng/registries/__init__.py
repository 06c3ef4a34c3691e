"""Layer 3b: the base registries of the city."""
