"""A reader of pairs: does a text settle a question, and is it about the same matter? For the platform's assistants.

The network is all-MiniLM-L6-v2, the model of the embeddings. Its lower half reads question and text each by itself; the upper half
reads them together (MacAvaney et al. 2020, "Efficient Document Re-Ranking for Transformers by Precomputing Term Representations",
arXiv:2004.14255). What the upper half learnt is kept as matrices of low rank (Hu et al. 2021, arXiv:2106.09685) beside this file;
benchmarks/teach_reader.py writes it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer

from oeuvre_studio.catalog import default_models_dir, model_folder
from oeuvre_studio.text.embeddings import EMBEDDER

READER = "oeuvre-reader"
LEARNT = Path(__file__).with_name("reader.safetensors")
QUESTION_TOKENS, TEXT_TOKENS = 72, 110
"""What is read of each; the rest is not looked at. 1 in 1,000 of the texts that it was taught with is longer."""
KINDS = ("answerable", "hand_off", "task", "not_for_us")
"""What a message may be, as far as it alone tells."""
AT_ONCE = 16


Network = TypeVar("Network", bound="PairNetwork")


@dataclass(frozen=True, slots=True)
class Judgement:
    """Probabilities, for each text: that it ``settles`` the question, that it is about its matter (``touches``); and how likely
    the message is of each of ``KINDS``.
    """

    settles: list[float]
    touches: list[float]
    kinds: dict[str, float]


class PairNetwork(nn.Module):
    """MiniLM's layers with two heads. Pairs come in as rows of states of the lower half, ``(tokens, 384)`` each."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.embeddings = model.embeddings
        layers = model.encoder.layer
        self.lower, self.upper = layers[: len(layers) // 2], layers[len(layers) // 2 :]
        self.heads = model.config.num_attention_heads
        size = model.config.hidden_size
        self.pair = nn.Linear(2 * size, 2)
        self.kind = nn.Linear(size, len(KINDS))

    def below(self, tokens: Sequence[int], part: int) -> Tensor:
        """States ``(tokens, 384)`` of a question (``part`` 0) or a text (1), read by itself."""
        ids = torch.tensor([tokens])
        states: Tensor = self.embeddings(input_ids=ids, token_type_ids=torch.full_like(ids, part))
        for layer in self.lower:
            states = self._layer(layer, states, None)
        return states[0]

    def forward(self, rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Of each row its first state and the mean of all, ``(rows, 384)`` both."""
        longest = max(len(row) for row in rows)
        states = torch.zeros(len(rows), longest, rows[0].shape[1])
        mask = torch.zeros(len(rows), longest, dtype=torch.bool)
        for number, row in enumerate(rows):
            states[number, : len(row)] = row
            mask[number, : len(row)] = True
        seen = mask[:, None, None, :].expand(-1, 1, longest, -1)
        for layer in self.upper:
            states = self._layer(layer, states, seen)
        weights = mask.unsqueeze(-1).float()
        return states[:, 0], (states * weights).sum(1) / weights.sum(1)

    def of_pairs(self, rows: Sequence[Tensor]) -> Tensor:
        """Logits ``(rows, 2)``: settles, touches."""
        return self.pair(torch.cat(self(rows), -1))  # type: ignore[no-any-return]

    def of_questions(self, rows: Sequence[Tensor]) -> Tensor:
        """Logits ``(rows, 4)`` over ``KINDS``."""
        return self.kind(self(rows)[1])  # type: ignore[no-any-return]

    def _layer(self, layer: Any, states: Tensor, mask: Tensor | None) -> Tensor:
        count, length, size = states.shape
        attention = layer.attention
        query, key, value = (
            self.multiply(part, states).view(count, length, self.heads, -1).transpose(1, 2)
            for part in (attention.self.query, attention.self.key, attention.self.value)
        )
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        seen = self.multiply(attention.output.dense, seen.transpose(1, 2).reshape(count, length, size))
        states = attention.output.LayerNorm(states + attention.output.dropout(seen))
        wide = functional.gelu(self.multiply(layer.intermediate.dense, states))
        out: Tensor = layer.output.LayerNorm(states + layer.output.dropout(self.multiply(layer.output.dense, wide)))
        return out

    def multiply(self, linear: nn.Linear, states: Tensor) -> Tensor:
        """A linear layer; teaching multiplies in less precision."""
        return linear(states)  # type: ignore[no-any-return]


class Reader:
    """Judges pairs. Safe from any thread."""

    def __init__(self, network: PairNetwork, tokenizer: Any) -> None:
        self._network = network.eval()
        self._tokenizer = tokenizer
        self._reading = threading.Lock()
        """A tokeniser keeps the last call's truncation, so that two calls at once could spoil each other's."""

    @torch.inference_mode()
    def judge(self, question: str, texts: Sequence[str]) -> Judgement:
        """What each text does for the question. A text's figures do not depend on the others beyond rounding."""
        asked = self._network.below(self.tokens(question, 0), 0)
        kinds = self._network.of_questions([asked])[0].softmax(-1).tolist()
        rows = [torch.cat([asked, self._network.below(self.tokens(text, 1), 1)]) for text in texts]
        logits = torch.empty(len(rows), 2)
        alike = sorted(range(len(rows)), key=lambda number: len(rows[number]))
        for start in range(0, len(alike), AT_ONCE):
            some = alike[start : start + AT_ONCE]
            logits[some] = self._network.of_pairs([rows[number] for number in some])
        settles, touches = logits.sigmoid().T.tolist() if rows else ([], [])
        return Judgement(settles, touches, dict(zip(KINDS, kinds, strict=True)))

    def tokens(self, text: str, part: int) -> list[int]:
        """Tokens of a question (``part`` 0: with the mark of a beginning) or of a text."""
        most = QUESTION_TOKENS if part == 0 else TEXT_TOKENS
        with self._reading:
            found: list[int] = self._tokenizer(text, add_special_tokens=False, truncation=True, max_length=most)[
                "input_ids"
            ]
        begin = [self._tokenizer.cls_token_id] if part == 0 else []
        return [*begin, *found, self._tokenizer.sep_token_id]

    def count_tokens(self, question: str, texts: Sequence[str]) -> int:
        """Tokens read for a question with these texts."""
        return len(self.tokens(question, 0)) + sum(len(self.tokens(text, 1)) for text in texts)


def untaught(kind: type[Network], models_dir: Path | None = None) -> tuple[Network, Any]:
    """The network before it learnt, and its tokeniser.

    Raises:
        ModelUnavailableError: the model was not pulled.
    """
    folder = model_folder(EMBEDDER, models_dir or default_models_dir())
    model = AutoModel.from_pretrained(folder, dtype=torch.float32, use_safetensors=True)
    return kind(model), AutoTokenizer.from_pretrained(folder)


def load_reader(models_dir: Path | None = None, learnt: Path = LEARNT) -> Reader:
    """The reader as it was taught.

    Raises:
        ModelUnavailableError: the model was not pulled.
    """
    network, tokenizer = untaught(PairNetwork, models_dir)
    teach(network, load_file(learnt))
    return Reader(network, tokenizer)


@torch.no_grad()
def teach(network: PairNetwork, learnt: dict[str, Tensor]) -> None:
    """Put what was learnt into the network: ``NAME`` replaces a parameter, ``NAME.out`` @ ``NAME.in`` is added to one."""
    parameters = dict(network.named_parameters())
    for name, value in learnt.items():
        if name.endswith(".out"):
            own = name.removesuffix(".out")
            parameters[own].add_(value.float() @ learnt[f"{own}.in"].float())
        elif not name.endswith(".in"):
            parameters[name].copy_(value)
