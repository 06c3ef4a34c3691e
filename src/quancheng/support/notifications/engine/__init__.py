"""The kinds of notices that the apps declare."""
