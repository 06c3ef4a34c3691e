"""Attribute authority: attribute certificates from appointments."""
