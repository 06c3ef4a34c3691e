"""What every layer stands on: no tables, no city knowledge."""
