"""Look at a voice: spectra of a recording, of the best stock voice and of a version reading, one over the other, and their sounds.

.venv/bin/python tools/voice_sheet.py VERSION RECORDING sheet.png --sounds DIR
"""

from __future__ import annotations

import argparse
import base64
import io
import json
from pathlib import Path

import numpy as np
import scipy.signal
import soundfile
from PIL import Image, ImageDraw, ImageFont

from oeuvre_studio.voice.audio import Samples, decode, encode

WIDTH, HEIGHT, LABEL = 1200, 220, 26
SECONDS = 5.0
HIGHEST = 8000.0
RANGE = 75.0
"""dB from the loudest to black."""


def arguments() -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version", type=Path, help="the folder of a version, with its report.json")
    parser.add_argument("recording", type=Path, help="one of the recordings it was made from")
    parser.add_argument("sheet", type=Path, help="the PNG to write")
    parser.add_argument("--sounds", type=Path, help="a folder for the three sounds as MP3")
    return parser.parse_args()


def spectrum(samples: Samples, rate: int) -> Image.Image:
    """Time from left to right, frequency from below, loudness as light."""
    hertz, _, power = scipy.signal.stft(samples, rate, nperseg=round(0.04 * rate), noverlap=round(0.03 * rate))
    levels = 20 * np.log10(np.abs(power[hertz <= HIGHEST]) + 1e-9)
    light = np.clip((levels - levels.max() + RANGE) / RANGE, 0, 1)
    width = round(WIDTH * min(len(samples) / rate, SECONDS) / SECONDS)
    return Image.fromarray((255 * light[::-1]).astype(np.uint8)).resize((width, HEIGHT))


def main() -> None:
    """Write the sheet, and the sounds where they are asked for."""
    typed = arguments()
    samples = json.loads((typed.version / "report.json").read_text())["samples"]
    sounds = {"a recording": decode(typed.recording.read_bytes())}
    for sample in samples[:2]:
        label = "the model" if sample["facts"]["voice"] == "fitted" else sample["facts"]["voice"]
        sound, rate = soundfile.read(io.BytesIO(base64.b64decode(sample["media"]["content"])), dtype="float32")
        sounds[f"{label}: {sample['prompt']}"] = (sound, rate)
    sheet = Image.new("L", (WIDTH, len(sounds) * (HEIGHT + LABEL)), 24)
    drawing, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for row, (label, (sound, rate)) in enumerate(sounds.items()):
        top = row * (HEIGHT + LABEL)
        drawing.text((8, top + 4), label, fill=230, font=font)
        sheet.paste(spectrum(sound[: round(SECONDS * rate)], rate), (0, top + LABEL))
        if typed.sounds:
            typed.sounds.mkdir(parents=True, exist_ok=True)
            name = ("recording", "model", "stock")[row]
            (typed.sounds / f"{name}.mp3").write_bytes(encode(sound[: round(SECONDS * rate)], rate, "mp3"))
    sheet.save(typed.sheet, optimize=True)


if __name__ == "__main__":
    main()
