"""The machine learning."""
