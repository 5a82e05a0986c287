"""The whole network, and one utterance through it."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor, nn
from transformers import AlbertConfig, AlbertModel

from oeuvre_studio.voice.network.decoder import Decoder
from oeuvre_studio.voice.network.layers import STYLE
from oeuvre_studio.voice.network.prosody import WIDTH, ProsodyPredictor, TextEncoder

SYMBOLS = 178
CONTEXT = 512


@dataclasses.dataclass(frozen=True)
class Phonemes:
    """What of an utterance depends on its text alone: ``heard`` 1 × length × 512 and ``said`` 1 × 512 × length."""

    heard: Tensor
    said: Tensor


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is to be said when, how high and how loud: ``spoken`` 1 × 512 × frames of 25 ms; ``pitch`` in Hz and ``energy``,
    each 1 × twice the frames; ``durations`` of each phoneme in frames, not rounded.
    """

    spoken: Tensor
    pitch: Tensor
    energy: Tensor
    durations: Tensor


@dataclasses.dataclass(frozen=True)
class Utterance:
    """``samples`` at 24 kHz; ``pitch`` in Hz every 12.5 ms, below 10 where unvoiced; ``durations`` of each phoneme in 25 ms."""

    samples: Tensor
    pitch: Tensor
    durations: Tensor


class KokoroNetwork(nn.Module):
    """82 million parameters, all frozen: only the style is ever fitted."""

    def __init__(self) -> None:
        super().__init__()
        config = AlbertConfig(
            vocab_size=SYMBOLS,
            hidden_size=768,
            num_attention_heads=12,
            intermediate_size=2048,
            max_position_embeddings=CONTEXT,
            num_hidden_layers=12,
        )
        self.bert = AlbertModel(config, add_pooling_layer=False)
        self.bert_encoder = nn.Linear(768, WIDTH)
        self.predictor = ProsodyPredictor()
        self.text_encoder = TextEncoder(SYMBOLS)
        self.decoder = Decoder()

    def read(self, tokens: Tensor) -> Phonemes:
        """The text's part, which no style changes. ``tokens``: 1 × length, with the 0 at both ends."""
        with torch.no_grad():
            heard = self.bert_encoder(self.bert(tokens, attention_mask=torch.ones_like(tokens)).last_hidden_state)
            return Phonemes(heard=heard, said=self.text_encoder(tokens))

    def plan(self, phonemes: Phonemes, style: Tensor) -> Plan:
        """How a style row's prosody (its last 128 numbers) says something."""
        prosody = style[None, STYLE:]
        encoded = self.predictor.text_encoder(phonemes.heard, prosody)
        durations = self.predictor.durations(encoded)[0]
        frames = durations.detach().round().clamp(min=1).long()
        pitch, energy = self.predictor.curves(torch.repeat_interleave(encoded, frames, dim=1).mT, prosody)
        return Plan(torch.repeat_interleave(phonemes.said, frames, dim=2), pitch, energy, durations)

    def say(self, phonemes: Phonemes, style: Tensor) -> Utterance:
        """Speak with a style row (256 numbers: 128 of timbre, 128 of prosody)."""
        plan = self.plan(phonemes, style)
        samples = self.decoder(plan.spoken, plan.pitch, plan.energy, style[None, :STYLE])[0]
        return Utterance(samples=samples, pitch=plan.pitch[0], durations=plan.durations)
