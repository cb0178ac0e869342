"""Records rendered for reading: one module for each form, and the lines they share."""
