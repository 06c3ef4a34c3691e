"""Layer 2b: the application support platform: what every business system is built from."""
