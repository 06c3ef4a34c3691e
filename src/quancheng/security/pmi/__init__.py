"""Privileges: who may perform which action."""
