"""Layer 5: the business systems, strangers to one another."""
