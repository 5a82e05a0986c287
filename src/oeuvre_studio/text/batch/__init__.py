"""Many texts at once over one frozen base, each with its own adapter; a text never depends on its neighbours."""
