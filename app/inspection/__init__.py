"""Looking into files before they are sent: here, or in a process of its own."""

ARGUMENT = "--look-into-files"
"""What the program is started with to be such a process."""
