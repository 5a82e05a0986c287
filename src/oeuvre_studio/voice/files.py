"""The voice modality's files in the models folder, and ONNX sessions that stay on the threads they were given."""

from __future__ import annotations

from pathlib import Path

import onnxruntime

from oeuvre_studio.catalog import model_folder

KOKORO = "kokoro-82m"
ENCODER_A = "resemblyzer"
ENCODER_B = "voicefilter-dvector"
DETECTOR = "silero-vad"
LISTENER = "whisper-base"
MARK = "perth"

KOKORO_FILE = "kokoro.onnx"
VOICES_FOLDER = "voices"
NETWORK_FILE = "model.onnx"
WEIGHTS_FILE = "model.safetensors"


def model_file(name: str, file: str, models_dir: Path) -> Path:
    """A file of a pulled model.

    Raises:
        ModelUnavailableError: it was not pulled.
    """
    return model_folder(name, models_dir) / file


def session(model: Path | bytes, *, threads: int = 1) -> onnxruntime.InferenceSession:
    """An ONNX session of a file or of what one holds. Threads that wait for each other sleep: turning round would cost a core."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it warns of every constant that may be given anew, which is what `Kokoro` wants
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    content = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
