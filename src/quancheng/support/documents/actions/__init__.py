"""Keeping files, and what is done with documents."""
