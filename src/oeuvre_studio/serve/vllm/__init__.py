"""The engine that lets a vLLM beside the studio compute: what an installation past one machine serves with."""

from oeuvre_studio.serve.vllm.engine import VllmEngine

__all__ = ["VllmEngine"]
