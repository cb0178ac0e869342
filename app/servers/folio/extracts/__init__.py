"""Records cut out of a file byte for byte: one module for each form, and the slices they share."""
