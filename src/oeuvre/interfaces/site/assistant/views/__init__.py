"""Pages of the assistant in the studio."""
