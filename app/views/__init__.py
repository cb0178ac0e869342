"""The window: widgets that place, paint and ask. State, rules and words are in the view models."""
