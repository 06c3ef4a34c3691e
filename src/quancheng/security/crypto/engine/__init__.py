"""Shapes of calls, and encryption of messages."""
