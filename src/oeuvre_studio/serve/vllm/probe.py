"""Whether a vLLM serves the very base that versions are made for, as far as that can be seen from outside.

vLLM tells a name, no hash. So a fixed text is put to it, and its log-probabilities are compared with those that the
weights here give. That tells bases apart, and a base from a fine-tuned or coarsely quantised one. It cannot tell weights
apart that differ by no more than rounding does: see docs/adr/0005-gateway-before-vllm.md for what was measured.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from oeuvre_studio.errors import BaseMismatchError
from oeuvre_studio.serve.vllm.client import Served, VllmClient
from oeuvre_studio.text.base import Base

TEXT = (
    "The ferry left the harbour a little before six, and by the time the lights of the town had gone behind the"
    ' headland there was nobody on deck but the two of us. "You will want a coat," he said. In 1912 the crossing took'
    " nine hours; today it takes two, provided that the tide, the wind and the company's accountants agree."
)
"""Ordinary prose with names of nothing: every token is a small question to the whole model."""

TOLERANCE = 0.08
"""Nats, mean absolute difference over the text's tokens: twice what bf16 costs in vLLM (0.04, and 0.03 between bf16 and
fp32 here). The default base's weights are 0.09 away when rounded to 8 bits, 0.3 at 6 bits.
"""


class Probe:
    """A question to a vLLM, with the answer that the weights here give."""

    def __init__(self, base: Base) -> None:
        self._base = base.name
        self._tokens, self._scores = own_scores(base)

    async def check(self, vllm: VllmClient, models: Sequence[Served]) -> int | None:
        """Most tokens of prompt and answer together, of a vLLM that serves the right base.

        Raises:
            BaseMismatchError: it serves something else.
        """
        served = next((model for model in models if model.name == self._base and model.parent is None), None)
        if served is None:
            names = ", ".join(model.name for model in models if model.parent is None)
            raise BaseMismatchError(
                f"vLLM at {vllm.url} serves {names}, not {self._base}. Start it with --served-model-name {self._base},"
                " on the folder that `studio export-base` writes."
            )
        found = await vllm.prompt_scores(self._base, self._tokens)
        compare(self._scores, found, base=self._base)
        return served.context


@torch.inference_mode()
def own_scores(base: Base) -> tuple[list[int], list[float]]:
    """The probe's tokens, and the log-probability in nats of each but the first, as the weights here give them."""
    tokens: list[int] = base.tokenizer(TEXT, add_special_tokens=False)["input_ids"]
    logits = base.model(input_ids=torch.tensor([tokens], device=base.device)).logits[0, :-1].float().cpu()
    scores = logits.log_softmax(dim=-1).gather(1, torch.tensor(tokens[1:]).unsqueeze(1))
    return tokens, scores.squeeze(1).tolist()


def compare(own: Sequence[float], others: Sequence[float], *, base: str) -> float:
    """The mean absolute difference in nats.

    Raises:
        BaseMismatchError: it is more than rounding explains.
    """
    difference = sum(abs(a - b) for a, b in zip(own, others, strict=True)) / len(own)
    if not difference <= TOLERANCE:
        raise BaseMismatchError(
            f"vLLM serves something else under the name {base}: its log-probabilities differ by {difference:.3f} nats,"
            f" {TOLERANCE} is the most. Serve the folder that `studio export-base` writes, without quantisation."
        )
    return difference
