"""The peer: a plain retrieve-and-generate loop with the same embedded models, and the embedded chat model by itself.

Everything the freelancer has is cut into pieces of text; the three nearest to the message go into the prompt of
SmolLM2-135M-Instruct, which answers greedily. It is told the same: answer from the text only, else hand over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from assisting.judging import Told
from oeuvre_studio.catalog import default_models_dir, model_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assisting.contexts import Context
    from assisting.embedding import EmbeddedVectors

MODEL = "SmolLM2-135M-Instruct"
TOP = 3
MOST_TOKENS = 60
LONGEST = 700
"""Characters of a piece that go into the prompt."""
_HANDS_OVER = re.compile(
    r"HAND.?OVER|pass (it|this|you) on|a person will|contact (the freelancer|support)", re.IGNORECASE
)


class EmbeddedChat:
    """The engine's port ``chat``, answered by the embedded base model in this process."""

    def __init__(self) -> None:
        folder = model_folder(MODEL, default_models_dir())
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()

    @torch.inference_mode()
    def write(self, *, system: str, user: str, max_tokens: int) -> tuple[str, int]:
        """See the port."""
        turns = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        given = self._tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        told = self._model.generate(**given, max_new_tokens=max_tokens, do_sample=False)[0]
        read = given["input_ids"].shape[1]
        return str(self._tokenizer.decode(told[read:], skip_special_tokens=True)).strip(), len(told)


class Peer:
    """Answers one context's messages."""

    def __init__(self, context: Context, vectors: EmbeddedVectors, chat: EmbeddedChat) -> None:
        self._context, self._vectors, self._chat = context, vectors, chat
        self._pieces = [(source, text) for source, text in context.sources.items() if source != "rules"]
        vectors.keep(text for _, text in self._pieces)
        self._matrix = np.array(vectors.of([text for _, text in self._pieces]))

    def answer(self, message: dict[str, Any]) -> tuple[str, list[Told]]:
        """``hand_off`` or ``answer``, and what it said; each sentence cites all that it was given."""
        vector = np.array((self._vectors.of([message["text"]]) or [[]])[0])
        best: Sequence[int] = np.argsort(-(self._matrix @ vector))[:TOP].tolist()
        given = [self._pieces[row] for row in best]
        system = (
            f"You are the assistant of {self._context.knowledge.profile.name}, a freelancer. Answer the buyer in the buyer's "
            "language, from the text below only. If the text does not answer, write HANDOVER and nothing else.\n\n"
            + "\n\n".join(text[:LONGEST] for _, text in given)
        )
        reply, _ = self._chat.write(system=system, user=message["text"], max_tokens=MOST_TOKENS)
        sources = tuple(source for source, _ in given)
        if _HANDS_OVER.search(reply) or not reply:
            return "hand_off", [Told(reply, ())]
        return "answer", [Told(one, sources) for one in re.split(r"(?<=[.!?])\s+", reply) if one.strip()]
