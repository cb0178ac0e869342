"""The command line: the same engine and the same words without a window."""
