"""What a report of a voice shows beside what every report does."""

from __future__ import annotations

from html import escape

from oeuvre_studio.charts import against_chart, loss_chart
from oeuvre_studio.protocol import Report, VoiceDetails, details_of
from oeuvre_studio.report import Page
from oeuvre_studio.voice.measures import MEASURES


def report_page(report: Report) -> Page:
    """The voice's part of the page."""
    details = details_of(report, VoiceDetails)
    own = next((score.fitted for score in details.encoders if not score.optimised), None)
    drawn = [
        loss_chart(report, axis="loss, and distance of candidates"),
        against_chart(
            "others",
            "Own and others: distance",
            "1 - cosine",
            None if own is None else 1 - own,
            [(other.other, 1 - other.to_other) for other in details.others],
        ),
    ]
    return Page(
        measures=MEASURES,
        charts=[chart for chart in drawn if chart is not None],
        sections=(*_encoders(details), *_sentences(details), *_voice(details)),
        samples="How it reads",
    )


def _encoders(details: VoiceDetails) -> list[str]:
    rows = "".join(
        f"<tr><th scope=row>{escape(score.encoder)}{' (fitted on, so it flatters)' if score.optimised else ''}</th>"
        f"<td>{score.stock:.3f} ({escape(score.stock_voice)})</td><td>{score.fitted:.3f}</td><td>{score.second:.3f}</td>"
        f"<td>{score.gap_closed:.0%}</td></tr>"
        for score in details.encoders
    )
    return [
        "<section><h2>How near it comes</h2><p>Likeness to the recordings that were held out, as cosines on two encoders"
        " that were made apart.</p>",
        '<div class="scroll"><table><thead><tr><th scope=col>encoder</th><th scope=col>best stock voice</th>'
        "<th scope=col>this voice</th><th scope=col>a second recording</th><th scope=col>gap closed</th></tr></thead>",
        f"<tbody>{rows}</tbody></table></div></section>",
    ]


def _sentences(details: VoiceDetails) -> list[str]:
    rows = "".join(
        f"<tr><td>{escape(one.text)}</td><td>{escape(one.heard)}</td><td>{one.word_error_rate:.0%}</td>"
        f"<td>{one.stock_word_error_rate:.0%}</td><td>{one.likeness:.3f}</td></tr>"
        for one in details.sentences
    )
    return [
        "<section><h2>How clearly it speaks</h2>",
        f"<p>{details.word_error_rate:.1%} of the words were heard wrong; from the best stock voice"
        f" {details.stock_word_error_rate:.1%}.</p>",
        '<div class="scroll"><table><thead><tr><th scope=col>sentence</th><th scope=col>heard</th>'
        "<th scope=col>words wrong</th><th scope=col>stock voice</th><th scope=col>likeness</th></tr></thead>",
        f"<tbody>{rows}</tbody></table></div></section>",
    ]


def _voice(details: VoiceDetails) -> list[str]:
    pitch = details.pitch
    told = (
        f" Its pitch is {pitch.fitted:.0f} Hz (spread {pitch.fitted_spread:.2f} octaves), that of the recordings"
        f" {pitch.recordings:.0f} Hz ({pitch.recordings_spread:.2f})."
        if pitch
        else ""
    )
    return [
        "<section><h2>What it was made from</h2>",
        f"<p>{details.seconds_of_speech:.0f} s of speech, from a blend of stock voices: {escape(details.start_voice)}.{told}"
        " Nobody listened to it for this report: play the samples.</p></section>",
    ]
