"""A tiny pipeline with random weights in diffusers' own layout: it draws noise, and everything else is real."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from PIL import Image, ImageDraw
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from oeuvre_studio.image.diffusion.base import DiffusionBase, load_diffusion_base
from oeuvre_studio.image.works import ImageWork


def write_tokenizer(folder: Path) -> CLIPTokenizer:
    """One token a letter, which CLIP's tokenizer falls back to without merges."""
    letters = [chr(code) for code in range(33, 127)]
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)


@pytest.fixture(scope="session")
def base_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(5)
    folder = tmp_path_factory.mktemp("diffusion")
    tokenizer = write_tokenizer(tmp_path_factory.mktemp("tokenizer"))
    unet = UNet2DConditionModel(
        block_out_channels=(8, 16),
        layers_per_block=1,
        sample_size=8,
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=16,
        norm_num_groups=4,
        attention_head_dim=4,
    )
    vae = AutoencoderKL(
        block_out_channels=(8, 16),
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        norm_num_groups=4,
    )
    encoder = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=77,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    StableDiffusionPipeline(
        vae=vae,
        text_encoder=encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=DDIMScheduler(clip_sample=False, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder, safe_serialization=True)
    return folder


@pytest.fixture(scope="session")
def base(base_folder: Path) -> DiffusionBase:
    return load_diffusion_base(str(base_folder), base_folder.parent)


def circle(number: int) -> Image.Image:
    """A disc of its own size and colour on nothing."""
    picture = Image.new("RGBA", (48, 32), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((4, 4, 14 + number * 3, 26), fill=(200 - 20 * number, 40 + 25 * number, 90, 255))
    return picture


@pytest.fixture(scope="session")
def works() -> list[ImageWork]:
    return [
        ImageWork(
            file=f"{number}.png",
            title=f"Disc {number}",
            kind="drawing",
            keywords=("disc", "round"),
            rights="own",
            sha256=f"{number}" * 64,
            picture=circle(number),
            source=None,
            size=(48, 32),
        )
        for number in range(6)
    ]
