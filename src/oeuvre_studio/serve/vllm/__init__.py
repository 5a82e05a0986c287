"""The engine that lets a vLLM beside the studio compute: what an installation past one machine serves with."""

from oeuvre_studio.serve.vllm.adapters import AdapterFolder
from oeuvre_studio.serve.vllm.engine import VllmEngine, wait_for_vllm
from oeuvre_studio.serve.vllm.probe import Probe

__all__ = ["AdapterFolder", "Probe", "VllmEngine", "wait_for_vllm"]
