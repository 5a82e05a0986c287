"""Key phrases: the few words that tell one passage from the rest of a body of work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

PER_PASSAGE = 4
_WORD = r"[^\W\d_]{3,}"


class KeyPhrases:
    """TF-IDF over passages (Spärck Jones 1972), one- and two-word phrases.

    Fitted on the passages that are trained on; a held-out passage is described with what was learned there.
    """

    def __init__(self, passages: Sequence[str]) -> None:
        # words in most passages carry no topic in any language; the list of English ones catches short
        # corpora
        self._vectoriser = TfidfVectorizer(
            ngram_range=(1, 2), stop_words="english", max_df=0.5, sublinear_tf=True, token_pattern=_WORD
        )
        try:
            self._vectoriser.fit(passages)
        except ValueError:  # nothing but stop words, or one passage alone
            self._vocabulary = np.array([], dtype=str)
        else:
            self._vocabulary = self._vectoriser.get_feature_names_out()

    def of(self, passage: str, given: Sequence[str] = ()) -> list[str]:
        """The passage's most telling phrases, the ``given`` ones that occur in it first."""
        lower = passage.lower()
        chosen = [phrase for phrase in given if phrase.lower() in lower][: PER_PASSAGE // 2]
        if not len(self._vocabulary):
            return chosen
        scores = self._vectoriser.transform([passage])
        order = np.lexsort((scores.indices, -scores.data))  # equal scores: the dictionary's order
        for index in order:
            if len(chosen) >= PER_PASSAGE:
                break
            phrase = str(self._vocabulary[scores.indices[index]])
            overlaps = any(word in other.lower().split() for word in phrase.split() for other in chosen)
            if not overlaps:
                chosen.append(phrase)
        return chosen
