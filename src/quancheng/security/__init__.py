"""Layer 2a: the security support platform: trail, privileges, certificates, identities."""
