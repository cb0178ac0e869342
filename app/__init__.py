"""Longshore: files from the desktop to the servers that process them, followed to the last record."""

__version__ = "0.1.0"
