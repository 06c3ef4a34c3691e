"""Trying changes of privileges over HTTP."""
