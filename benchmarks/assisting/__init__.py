"""What ``benchmarks/assistant.py`` is made of: contexts, judgement, fitting, and the peer."""
