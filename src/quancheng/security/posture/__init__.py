"""Posture: what is wanting in the security of this site, since when, and where it is mended."""
