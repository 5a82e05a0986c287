"""What is measured about a voice, as people read it."""

from __future__ import annotations

from oeuvre_studio.measures import Measure

MEASURES = (
    Measure(
        module="oeuvre_studio.voice.gate",
        title="Gap closed",
        source="Snyder et al. 2018 for comparing speakers by cosine; VoiceFilter's d-vector (Wang et al. 2019).",
        unit="share",
        bars={"gap_closed": "Gap closed between the best stock voice and the person"},
        about="On an encoder that the voice was not fitted on: 0 is the best of the 54 stock voices, 1 a second recording of"
        " the same person. Measured on recordings that were held out and sentences that were not fitted.",
    ),
    Measure(
        module="oeuvre_studio.voice.hearing",
        title="Words heard wrong",
        source="Whisper base (Radford et al. 2022).",
        unit="share",
        bars={"word_error_rate": "Words heard wrong"},
        about="Of ten sentences, the share of words that speech recognition puts in, leaves out or changes; at most 0.1 more"
        " than for the best stock voice.",
    ),
    Measure(
        module="oeuvre_studio.voice.kokoro",
        title="Speed",
        source="Seconds on the clock of the machine that trained, with levelling and the inaudible mark; the median of ten sentences.",
        unit="seconds",
        bars={"real_time_factor": "Waiting for a second of speech"},
        about="How long a second of speech takes to make. It says nothing of the voice, and rejects none.",
    ),
    Measure(
        module="oeuvre_studio.voice.gate",
        title="Whose voice it is",
        source="The same encoder as for the gap.",
        unit="cosine",
        bars={
            "own_nearer_than_": "Nearer to its own person than to {}",
            "near_voice_of_others": "Nobody else's voice is nearer",
        },
        about="The voice has to be nearer to the recordings it was made from than to anybody else's.",
    ),
)
