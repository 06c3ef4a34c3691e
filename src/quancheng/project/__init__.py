"""Composition only: settings, URLs, server entry points."""
