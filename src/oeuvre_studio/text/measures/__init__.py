"""The release gate's measures: one module each, with what it measures, its formula, source, unit and bar.

`MEASURES` lists them; their thresholds are data in ``bars.toml``, read by `bars`; what they ask of the model goes through
`probe`. None knows the gate, so each can be used alone.
"""

from __future__ import annotations

from oeuvre_studio.measures import Measure, title_among

MEASURES = (
    Measure(
        "perplexity",
        "Perplexity ratio",
        "Jelinek et al. 1977",
        "ratio",
        {
            "perplexity_ratio": "Perplexity ratio",
            "own_ratio_below_": "Ratio below that on the works of {}",
            "own_version_best_": "Ratio below that of the version of {}",
        },
        "How much less the author's unseen words surprise the version than the base; 1 is no better.",
    ),
    Measure(
        "delta",
        "Burrows' Delta",
        "Burrows 2002",
        "delta",
        {"own_delta_below_": "Delta below that to {}"},
        "Whose use of the 150 commonest words the outputs have; 0 is the same use of every word.",
    ),
    Measure(
        "char_grams",
        "Character 4-grams",
        "Kešelj et al. 2003",
        "dissimilarity",
        {},
        "Whose endings, spelling and punctuation the outputs have; 0 is the same, 1 nothing in common.",
    ),
    Measure(
        "memorisation",
        "Copied runs and shared 13-grams",
        "Carlini et al. 2023; Brown et al. 2020",
        "tokens, share",
        {"longest_copied_run": "Longest copied run", "shared_13gram_mass": "Text in 13-grams of the works"},
        "What comes back word for word when the beginnings of training passages are put to the version.",
    ),
    Measure(
        "canaries",
        "Canaries",
        "Carlini et al. 2019",
        "canaries",
        {"canaries_recovered": "Canaries recovered"},
        "Made-up records that were planted in training and could be got back.",
    ),
    Measure(
        "near_duplicates",
        "Near-duplicates of others' works",
        "Broder 1997",
        "share",
        {"near_duplicate_of_others": "Share of an output that is in somebody else's work"},
        "The largest part of an output whose 8-word stretches all stand in one work of another author.",
    ),
)


def title_of(bar: str) -> str:
    """A bar's title for people; a name that no measure lists is put as it is."""
    return title_among(MEASURES, bar)
