"""The real vLLM; run with ``make test-vllm``."""
