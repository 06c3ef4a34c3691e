"""Layer 3a: the centres: exchange and catalogue."""
