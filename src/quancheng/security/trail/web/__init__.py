"""The trail on the web: the staff's explorer, and the public log as static files."""
