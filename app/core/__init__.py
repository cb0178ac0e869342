"""The words of the program as values: no I/O, no clocks, no Qt."""
