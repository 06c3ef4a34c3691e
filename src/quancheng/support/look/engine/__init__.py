"""How tables, charts and maps are made from what apps declare."""
