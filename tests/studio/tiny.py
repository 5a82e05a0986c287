"""Models small enough to train in a second, in the file formats of the real ones."""

from __future__ import annotations

import random
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    BertConfig,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2Model,
)

from oeuvre_studio.catalog import RECEIPT
from oeuvre_studio.text.reading import FROZEN, Reader, ReaderNetwork
from oeuvre_studio.text.works import Work

TEMPLATE = (
    "{% for m in messages %}{{ '<s>' + m['role'][0] + ':' + m['content'] + '</s>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<s>a:' }}{% endif %}"
)
WORDS = [
    "sea",
    "ship",
    "whale",
    "harpoon",
    "storm",
    "sail",
    "captain",
    "mast",
    "wave",
    "deck",
    "rope",
    "salt",
    "wind",
    "gull",
    "tide",
    "shore",
]
OTHER_WORDS = [
    "engine",
    "valve",
    "piston",
    "boiler",
    "gauge",
    "steam",
    "bolt",
    "rivet",
    "gear",
    "crank",
    "shaft",
    "lever",
    "forge",
    "anvil",
]


def tokenizer() -> PreTrainedTokenizerFast:
    """Bytes, without merges: 256 tokens and four special ones."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {c: i for i, c in enumerate(["<unk>", "<s>", "</s>", "<pad>", *alphabet])}
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    inner.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # transformers
        tokenizer_object=inner,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        chat_template=TEMPLATE,
    )


def word_tokenizer(words: str) -> PreTrainedTokenizerFast:
    """Whole words, each with the space before it, as real byte-level tokenisers have them."""
    vocabulary = {"<unk>": 0}
    for word in words.split():
        for form in (word, f"\u0120{word}"):
            vocabulary.setdefault(form, len(vocabulary))
    inner = Tokenizer(models.WordLevel(vocab=vocabulary, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return PreTrainedTokenizerFast(tokenizer_object=inner)  # type: ignore[no-untyped-call]  # transformers


def write_base(folder: Path, *, seed: int = 0) -> Path:
    """A two-layer Llama with random weights."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=260,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=3,
    )
    model = LlamaForCausalLM(config)
    model.bfloat16()
    model.save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


def write_embedder(folder: Path) -> Path:
    """A one-layer BERT with random weights, where the catalogue's embedding model would be."""
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=260,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        pad_token_id=3,
    )
    BertModel(config).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    (folder / RECEIPT).write_text("{}")
    return folder


def reader() -> Reader:
    """A reader that was taught nothing."""
    torch.manual_seed(2)
    config = Qwen2Config(
        vocab_size=260,
        hidden_size=16,
        num_hidden_layers=FROZEN + 1,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=32,
    )
    return Reader(ReaderNetwork(Qwen2Model(config)), tokenizer())


def prose(words: list[str], *, sentences: int, seed: int) -> str:
    """Made-up sentences from a few words, so that there is something to learn."""
    source = random.Random(seed)
    lines = (" ".join(source.choices(words, k=7)).capitalize() + "." for _ in range(sentences))
    return " ".join(lines)


def write_works(folder: Path, words: list[str] = WORDS, *, count: int = 5, sentences: int = 12) -> Path:
    """A folder of ``count`` works."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        text = prose(words, sentences=sentences, seed=number + len(words))
        (folder / f"work-{number}.txt").write_text(text)
    return folder


def work(text: str, *, file: str = "a.txt", title: str = "A work", kind: str = "text") -> Work:
    """A work without a file."""
    return Work(file=file, title=title, kind=kind, keywords=(), text=text, rights="own", sha256=file)
