"""Quancheng (泉城): a city's integrated e-government platform."""

__version__ = "0.1.0"
