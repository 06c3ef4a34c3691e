"""The front door of sample."""

__all__: list[str] = []
