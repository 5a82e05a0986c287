"""Texts in parts, words as the freelancer says them, joins that nobody hears."""

from __future__ import annotations

import numpy as np
import pytest

from oeuvre_studio.errors import UsageError
from oeuvre_studio.protocol import Bar
from oeuvre_studio.voice.audio import Samples
from oeuvre_studio.voice.gate import SPEED, verdict
from oeuvre_studio.voice.kokoro import RATE
from oeuvre_studio.voice.languages import LANGUAGES, language, language_spoken
from oeuvre_studio.voice.phonemes import LIMIT, Pronunciations, phonemes, tokens
from oeuvre_studio.voice.sentences import sentences
from oeuvre_studio.voice.speech import AFTER, BEFORE, Reading, joined, speak, trimmed
from oeuvre_studio.voice.text import JOINED, PARAGRAPH, PAUSES, parts
from tests.studio.voice.made import tone

ENGLISH = language("en-us")


class Hummer:
    """Stands in for Kokoro: a tone as long as the phonemes, with silence around it."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def say(self, numbers: list[int], pack: object, *, speed: float = 1.0) -> Samples:
        self.calls.append(len(numbers))
        silence = np.zeros(RATE // 4, dtype=np.float32)
        return np.concatenate([silence, tone(220, 0.05 * len(numbers) / speed, rate=RATE), silence])


def texts(text: str, code: str = "en-us") -> list[str]:
    return [part.text for part in parts(text, language(code))]


def test_parts__end_where_sentences_end() -> None:
    text = 'Dr. Smith paid 3.50 at the gate. "Is that all?" he asked everyone. Nobody had an answer for him!'
    assert texts(text) == [
        "Dr. Smith paid 3.50 at the gate.",
        '"Is that all?" he asked everyone.',
        "Nobody had an answer for him!",
    ]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("pt-br", "O Sr. Silva chegou cedo hoje. A reunião ainda não começou."),
        ("fr", "Mme. Durand est arrivée tôt. La réunion n'a pas commencé."),
        ("es", "La Sra. López llegó temprano hoy. ¿La reunión ya empezó?"),
    ],
)
def test_parts__know_the_abbreviations_of_each_language(code: str, text: str) -> None:
    assert len(texts(text, code)) == 2


def test_parts__pause_as_the_signs_ask() -> None:
    read = parts("Are you really coming? Yes, of course we are.\n\nThe next paragraph begins here.", ENGLISH)
    assert [part.pause for part in read] == [PAUSES["?"], PARAGRAPH, 0.0]


def test_parts__reads_a_very_short_sentence_with_its_neighbour() -> None:
    assert texts("No. We will not do that again.") == ["No. We will not do that again."]


def test_parts__cut_a_long_sentence_at_commas_and_else_between_words() -> None:
    clause = "and then the next visitor came along the road"
    with_commas = parts(", ".join([clause] * 30) + ".", ENGLISH)
    assert len(with_commas) > 2
    assert all(len(part.said) <= LIMIT and part.pause in (PAUSES[","], 0.0) for part in with_commas)
    without = parts(" ".join([clause] * 30) + ".", ENGLISH)
    assert [part.pause for part in without[:-1]] == [JOINED] * (len(without) - 1)
    assert " ".join(part.text for part in without) == " ".join([clause] * 30) + "."


def test_parts__leave_out_what_has_no_sound() -> None:
    assert texts("— —\n\n…\n\nHere it begins in earnest.") == ["Here it begins in earnest."]


def test_pronunciations__respell_whole_words_in_any_case_but_as_written_where_it_has_a_capital() -> None:
    listed = Pronunciations({"SQL": "sequel", "nginx": "engine x"})
    assert listed.pieces("SQL, sql, Nginx and nginxes") == [("sequel, sql, engine x and nginxes", False)]


def test_pronunciations__ipa_goes_to_the_voice_as_it_is() -> None:
    listed = Pronunciations({"Zoe": "/zəʊi/"})
    assert "zəʊi" in phonemes("Ask Zoe first.", ENGLISH, listed)
    assert "zəʊi" not in phonemes("Ask Zoe first.", ENGLISH)


@pytest.mark.parametrize(
    ("entries", "told"),
    [({"": "x"}, "needs a word"), ({"a": "/ß☃x/"}, "does not know"), ({f"w{i}": "x" for i in range(501)}, "at most")],
)
def test_pronunciations__refuse_what_cannot_be_said(entries: dict[str, str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Pronunciations(entries)


def test_languages__every_measured_sentence_can_be_read_and_no_set_shares_one() -> None:
    for spoken in LANGUAGES.values():
        sets = sentences(spoken)
        every = [*sets.fitted, *sets.chosen, *sets.measured]
        assert len(set(every)) == len(every) == 22
        assert all(10 < len(tokens(phonemes(text, spoken))) < 120 for text in every)


def test_languages__an_unknown_one_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="pt-br"):
        language("tlh")


def test_languages__take_the_variety_in_which_the_person_read_aloud() -> None:
    assert language_spoken("en") == LANGUAGES["en-us"]
    assert language_spoken("en", ["", "en-gb"]) == LANGUAGES["en-gb"]
    assert language_spoken("en", ["pt-br"]) == LANGUAGES["en-us"]
    assert language_spoken("tlh", ["en-gb"]) is None


@pytest.mark.parametrize(("missed", "told"), [("", "passed"), (SPEED, "passed"), ("gap_closed", "rejected")])
def test_verdict__a_slow_machine_rejects_no_voice(missed: str, told: str) -> None:
    bars = [Bar(name, 0.4, "s", "≤ 0.5", name != missed) for name in ("gap_closed", SPEED)]
    assert verdict(bars) == told


def test_joined__no_step_at_any_join_is_louder_than_the_sound_itself() -> None:
    sounds = [tone(220, 0.5, rate=RATE) for _ in range(4)]
    out = joined(sounds, [0.3, JOINED, 0.1, 0.0])
    assert np.abs(np.diff(out)).max() <= np.abs(np.diff(sounds[0])).max() * 1.2
    assert out[0] == out[-1] == 0


def test_joined__pauses_are_silence_of_their_length_and_crossfades_take_none() -> None:
    sounds = [tone(220, 0.5, rate=RATE)] * 2
    kept = len(trimmed(sounds[0])) / RATE
    apart = joined(list(sounds), [0.3, 0.0])
    assert len(apart) / RATE == pytest.approx(2 * kept + 0.3, abs=0.01)
    crossed = joined(list(sounds), [JOINED, 0.0])
    assert len(crossed) / RATE == pytest.approx(2 * kept - 0.03, abs=0.01)


def test_trimmed__keeps_little_of_the_silence_at_both_ends() -> None:
    silence = np.zeros(RATE, dtype=np.float32)
    out = trimmed(np.concatenate([silence, tone(220, 1, rate=RATE), silence]))
    assert len(out) / RATE == pytest.approx(1 + BEFORE + AFTER, abs=0.02)


def test_speak__reads_every_part_and_gives_the_same_samples_twice() -> None:
    text, pack = "First we measure it. Then we write it down for the others.", np.zeros((LIMIT, 256), dtype=np.float32)
    hummer = Hummer()
    once = speak(hummer, pack, text, Reading(ENGLISH))  # type: ignore[arg-type]  # a stand-in
    assert len(hummer.calls) == 2
    assert np.array_equal(once, speak(Hummer(), pack, text, Reading(ENGLISH)))  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "told"), [("  …  ", "nothing to read"), ("word " * 5000, "at most 20,000")])
def test_speak__refuses_nothing_and_too_much(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        speak(Hummer(), np.zeros((LIMIT, 256), dtype=np.float32), text, Reading(ENGLISH))  # type: ignore[arg-type]
