"""Text: LoRA versions of a causal language model."""
