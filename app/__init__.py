"""Longshore takes files from the desktop to servers and follows them to their last record."""

__version__ = "0.1.0"
