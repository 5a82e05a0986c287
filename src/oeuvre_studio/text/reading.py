"""A reader: which of a freelancer's notes settle a buyer's message, and who should answer it? For the platform's assistants.

The network is the lower part of Qwen2.5-Coder-0.5B-Instruct. It reads the message and, below it, the notes, as one text. What it
holds at the end of a note tells whether that note settles the message; what it holds at the end of the text tells who should
answer. Its upper layers and the heads learnt that from messages written for it: low-rank matrices (Hu et al. 2021,
arXiv:2106.09685) in ``reader.safetensors`` beside this file; benchmarks/teach_reader.py writes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer

from oeuvre_studio.catalog import default_models_dir, model_folder
from oeuvre_studio.text.base import compute_dtype
from oeuvre_studio.text.lora import inject

READER = "oeuvre-reader"
READER_BASE = "Qwen2.5-Coder-0.5B-Instruct"
LEARNT = Path(__file__).with_name("reader.safetensors")
LAYERS, FROZEN = 14, 8
"""Layers that are computed, of 24, and those of them that are as they came. What the last ones add is about the next word."""
RANK, SCALE = 16, 2.0
QUESTION_TOKENS, TEXT_TOKENS = 96, 96
"""What is read of the message and of each text. Of a longer message the middle is left out, of a longer text the end."""
TASKS = (
    "collect_requirements", "custom_offer", "decline", "files", "order_status", "propose_times", "send_gig", "thank",
)  # fmt: skip
KINDS = ("answerable", "hand_off", "not_for_us", *TASKS)
"""What a message may be: settled by the notes, for a person, no enquiry, or routine work of a kind."""
HEAD = "A buyer's message to a freelancer who is away, and the freelancer's notes.\nMessage: "
NOTES, NOTE = "\nNotes:", "\n- "
TAIL = "\nCan the notes answer it, or must the freelancer? Answer:"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Probabilities, for each text: that it ``settles`` the message, that it is about its matter (``touches``); and how likely
    the message is of each of ``KINDS``.
    """

    settles: list[float]
    touches: list[float]
    kinds: dict[str, float]


@dataclass(frozen=True, slots=True)
class Page:
    """Message and texts as the network reads them. ``ends``: the place of each text's last token."""

    tokens: list[int]
    ends: list[int]


class ReaderNetwork(nn.Module):
    """The decoder's layers with low-rank matrices from ``FROZEN`` on, and two heads."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        model.norm = nn.Identity()  # of the layer that is not computed
        self.model = model
        self.adapted = {
            name: layer for name, layer in inject(model).items() if int(name.split(".")[1]) >= FROZEN
        }  # "layers.NUMBER.…"
        size = model.config.hidden_size
        self.pair_norm, self.kind_norm = nn.LayerNorm(size), nn.LayerNorm(size)
        self.pair, self.kind = nn.Linear(size, 2), nn.Linear(size, len(KINDS))

    def forward(self, pages: Sequence[Page]) -> list[tuple[Tensor, Tensor]]:
        """Of each page the logits over ``KINDS``, and of its texts ``(texts, 2)``: settles, touches."""
        longest = max(len(page.tokens) for page in pages)
        tokens = torch.zeros(len(pages), longest, dtype=torch.long)
        mask = torch.zeros(len(pages), longest, dtype=torch.long)
        for row, page in enumerate(pages):
            tokens[row, : len(page.tokens)] = torch.tensor(page.tokens)
            mask[row, : len(page.tokens)] = 1
        states = self.model(input_ids=tokens, attention_mask=mask, use_cache=False).last_hidden_state.float()
        return [
            (
                self.kind(self.kind_norm(states[row, len(page.tokens) - 1])),
                self.pair(self.pair_norm(states[row, page.ends])),
            )
            for row, page in enumerate(pages)
        ]

    @torch.no_grad()
    def learn(self, learnt: Mapping[str, Tensor]) -> None:
        """Put in what was learnt: ``LAYER.lora_a`` and ``LAYER.lora_b`` of every adapted layer, and the heads' parameters."""
        for name, layer in self.adapted.items():
            dtype = layer.base.weight.dtype
            layer.lora_a, layer.lora_b = learnt[f"{name}.lora_a"].to(dtype), learnt[f"{name}.lora_b"].to(dtype)
            layer.scale = SCALE
        for name, parameter in self.heads().items():
            parameter.copy_(learnt[name])

    def heads(self) -> dict[str, nn.Parameter]:
        """The parameters that are not the model's."""
        return {name: value for name, value in self.named_parameters() if not name.startswith("model.")}


class Reader:
    """Judges messages. Safe from any thread."""

    def __init__(self, network: ReaderNetwork, tokenizer: Any) -> None:
        self._network = network.eval()
        self._tokenizer = tokenizer
        self._head, self._notes, self._note, self._tail = (self._encode(part) for part in (HEAD, NOTES, NOTE, TAIL))

    @torch.inference_mode()
    def judge(self, question: str, texts: Sequence[str]) -> Judgement:
        """Who should answer, and what each text does for the message. The likeliest texts should come first: they were so in what
        was learnt.
        """
        kinds, pairs = self._network([self.page(question, texts)])[0]
        settles, touches = pairs.sigmoid().T.tolist() if texts else ([], [])
        return Judgement(settles, touches, dict(zip(KINDS, kinds.softmax(-1).tolist(), strict=True)))

    def page(self, question: str, texts: Sequence[str]) -> Page:
        """Message and texts as they are read: each one line, so that nobody writes notes of his own into a message."""
        asked = self._line(question)
        if len(asked) > QUESTION_TOKENS:  # who writes at length begins with what it is about, and ends with the wish
            asked = [*asked[: QUESTION_TOKENS // 3], *asked[-(QUESTION_TOKENS - QUESTION_TOKENS // 3) :]]
        tokens, ends = [*self._head, *asked, *self._notes], []
        for text in texts:
            tokens += [*self._note, *self._line(text)[:TEXT_TOKENS]]
            ends.append(len(tokens) - 1)
        return Page([*tokens, *self._tail], ends)

    def count_tokens(self, question: str, texts: Sequence[str]) -> int:
        """Tokens read for a message with these texts."""
        return len(self.page(question, texts).tokens)

    def _line(self, text: str) -> list[int]:
        return self._encode(" ".join(text.split()))

    def _encode(self, text: str) -> list[int]:
        """Its tokens. What looks like one of the model's own signs is read as the letters that it is written with."""
        tokens: list[int] = self._tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)
        return tokens


def untaught(models_dir: Path | None = None) -> tuple[ReaderNetwork, Any]:
    """The network before it learnt, and its tokenizer.

    Raises:
        ModelUnavailableError: the model was not pulled.
    """
    folder = model_folder(READER_BASE, models_dir or default_models_dir())
    dtype = compute_dtype(torch.device("cpu"))
    model = AutoModel.from_pretrained(folder, num_hidden_layers=LAYERS, dtype=dtype, use_safetensors=True)
    return ReaderNetwork(model), AutoTokenizer.from_pretrained(folder)


def load_reader(models_dir: Path | None = None, learnt: Path = LEARNT) -> Reader:
    """The reader as it was taught.

    Raises:
        ModelUnavailableError: the model was not pulled.
        KeyError, RuntimeError: ``learnt`` is of another network.
    """
    network, tokenizer = untaught(models_dir)
    network.learn(load_file(learnt))
    return Reader(network, tokenizer)
