"""Schema, choices, formats, binding and rendering."""
