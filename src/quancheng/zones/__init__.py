"""Layer 1: the two networks and the ferry between them."""
