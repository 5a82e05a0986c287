"""PEFT with many adapters, in a process of its own: reads one JSON command a line, answers with one line.

    python -m oeuvre_studio.bench.peft_worker BASE ADAPTERS COUNT float32|bfloat16

It is used as its documentation shows: `generate` over a batch with ``adapter_names``, or one request at a time after
`set_adapter`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.generation.streamers import BaseStreamer
from transformers.utils import logging as transformers_logging

transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # not annotated there
transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # not annotated there


class Clock(BaseStreamer):
    """Notes when each token of a batch came; the first call brings the prompt."""

    def __init__(self) -> None:
        self.calls: list[float] = []

    def put(self, value: object) -> None:
        """Another token, or the prompt."""
        self.calls.append(time.perf_counter())

    def end(self) -> None:
        """Nothing follows."""


class Worker:
    """The base with its adapters."""

    def __init__(self, base: Path, adapters: Path, count: int, dtype: torch.dtype) -> None:
        self._adapters = adapters
        self._tokenizer = AutoTokenizer.from_pretrained(base, padding_side="left")
        if self._tokenizer.pad_token_id is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token
        model = AutoModelForCausalLM.from_pretrained(base, dtype=dtype, use_safetensors=True)
        # without the cast adapters stay in the base's precision, which is faster where that is bf16
        self._model = PeftModel.from_pretrained(model, adapters / name(0), name(0), autocast_adapter_dtype=False)
        for number in range(1, count):
            self.load(number)
        self._model.train(mode=False)
        if self._tokenizer.eos_token_id is not None:
            self._model.generation_config.eos_token_id = None  # every request writes all its tokens

    def load(self, number: int) -> None:
        """Bring one more adapter in."""
        folder = self._adapters / name(number)
        self._model.load_adapter(str(folder), name(number), autocast_adapter_dtype=False)

    def run(
        self, requests: Sequence[tuple[int, str, int]], in_flight: int, seconds: float, *, mixed: bool
    ) -> dict[str, Any]:
        """Batches of ``in_flight`` requests, ``mixed`` or of one alone, until ``seconds`` have passed."""
        began = time.perf_counter()
        answers: list[dict[str, Any]] = []
        for start in range(0, len(requests), in_flight):
            sent = time.perf_counter()
            batch = requests[start : start + in_flight]
            arrivals = self.write(batch, mixed=mixed)
            answers += [{"sent": sent, "arrivals": arrivals, "tokens": len(arrivals)} for _ in batch]
            if time.perf_counter() - began >= seconds:
                break
        return {"answers": answers, "began": began, "ended": time.perf_counter()}

    def write(self, batch: Sequence[tuple[int, str, int]], *, mixed: bool) -> list[float]:
        """Write all requests of a batch at once; when each of their tokens came."""
        names = [name(adapter) for adapter, _, _ in batch]
        tokens = batch[0][2]
        inputs = self._tokenizer([prompt for _, prompt, _ in batch], return_tensors="pt", padding=True)
        inputs.pop("token_type_ids", None)
        clock = Clock()
        chosen: dict[str, Any] = {"adapter_names": names} if mixed else {}
        if not mixed:
            self._model.set_adapter(names[0])
        with torch.inference_mode():
            self._model.generate(  # type: ignore[no-untyped-call]  # not annotated there
                **inputs, **chosen, do_sample=False, min_new_tokens=tokens, max_new_tokens=tokens, streamer=clock
            )
        return clock.calls[1:]

    def cold(self, number: int, prompts: Sequence[str]) -> float:
        """Seconds to the first token with an adapter that has to be loaded, less those of the second prompt after."""
        began = time.perf_counter()
        self.load(number)
        cold = self.write([(number, prompts[0], 1)], mixed=False)[0] - began
        began = time.perf_counter()
        return cold - (self.write([(number, prompts[1], 1)], mixed=False)[0] - began)


def name(number: int) -> str:
    """What an adapter is called, and its folder."""
    return f"adapter-{number:04d}"


def main() -> None:
    """Answer until standard input ends."""
    base, adapters, count, dtype = sys.argv[1:5]
    out = sys.stdout
    logging.disable(logging.WARNING)
    with contextlib.redirect_stdout(sys.stderr):  # libraries print; the answers are alone on standard output
        worker = Worker(Path(base), Path(adapters), int(count), getattr(torch, dtype))
        does: dict[str, Callable[..., Any]] = {"run": worker.run, "cold": worker.cold}
        out.write("{}\n")
        out.flush()
        for line in sys.stdin:
            command = json.loads(line)
            out.write(json.dumps(does[command.pop("do")](**command)) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
