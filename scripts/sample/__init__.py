"""Sample: say here in one line what it is for."""
