"""What the command `oeuvre` does. Modules here may import Django's models: `oeuvre.cli` loads them once it is set up."""
