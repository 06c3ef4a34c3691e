"""Certificates, signatures, timestamps and seals, without tables."""
