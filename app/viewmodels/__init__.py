"""What the window shows and commands, without widgets: models fed by the engine's changes."""
