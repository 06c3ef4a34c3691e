"""The moves of the office: what people do with a task besides doing it."""
