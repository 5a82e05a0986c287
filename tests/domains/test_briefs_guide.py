"""The guide on plain data: what it reads in a need, what it proposes and why, and which question it asks."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from oeuvre.domains.briefs.guide import questions as asking
from oeuvre.domains.briefs.guide.guide import Guide
from oeuvre.domains.briefs.guide.knowledge import Knowledge, phrases_read
from oeuvre.domains.briefs.guide.lexical import Lexicon
from oeuvre.domains.briefs.guide.questions import Answer, shipped_questions
from oeuvre.domains.briefs.guide.reasons import Reason, ReasonKind
from oeuvre.domains.briefs.guide.rules import occurrence, pattern_of, rules_apply, shipped_rules
from oeuvre.domains.briefs.guide.semantic import Meaning
from oeuvre.domains.briefs.guide.ways import shipped_ways
from oeuvre.domains.briefs.guide.words import quoted, tokens_of
from oeuvre.domains.catalog.states import Way
from oeuvre.kit.words import fold
from tests.support.guide import harbour, shipped_knowledge
from tests.support.scripted import scripted_embedding

TODAY = date(2026, 11, 22)  # a Sunday
LOOSE = "My boat came loose and drifts, the rope did not hold."


def vectors_of(knowledge: Knowledge) -> dict[str, list[float]]:
    return {text.sha256: scripted_embedding(text.text) for text in knowledge.texts()}


@pytest.fixture(scope="module")
def small() -> Guide:
    knowledge = harbour()
    return Guide(knowledge, vectors_of(knowledge))


@pytest.fixture(scope="module")
def shipped() -> Guide:
    """The shipped catalogue, by words alone."""
    return Guide(shipped_knowledge(), {})


class TestWords:
    def test_tokens__are_folded_stemmed_and_know_their_place(self) -> None:
        text = "Zoë's  CAFÉS, don't"
        tokens = tokens_of(text)
        assert [token.word for token in tokens] == ["zoes", "cafes", "dont"]
        assert tokens[1].stem == tokens_of("cafe")[0].stem
        assert quoted(text, tokens[:2]) == "Zoë's CAFÉS"

    def test_fold__takes_accents_and_apostrophes_away(self) -> None:
        assert fold("Łódź, l\u2019été") == "łodz, lete"


class TestLexicon:
    @pytest.fixture(scope="class")
    def lexicon(self) -> Lexicon:
        return Lexicon(shipped_knowledge())

    def named(self, lexicon: Lexicon, text: str) -> dict[str, str]:
        tokens = lexicon.mended(tokens_of(text))
        return {mention.leaf: mention.words for mention in lexicon.mentions(text, tokens)}

    def test_mentions__finds_an_alias_with_a_typing_mistake_and_quotes_it_as_written(self, lexicon: Lexicon) -> None:
        assert self.named(lexicon, "somebody for Midjurney please")["midjourney-art"] == "Midjurney"

    def test_mentions__takes_words_apart_and_together(self, lexicon: Lexicon) -> None:
        assert "voice-over" in self.named(lexicon, "a voiceover for our film")
        assert "comfyui-workflows" in self.named(lexicon, "a comfy ui graph")

    def test_mentions__of_overlapping_names_the_longest_counts(self, lexicon: Lexicon) -> None:
        found = self.named(lexicon, "I need flux lora training")
        assert found["fine-tuning-image-models"] == "flux lora training"
        assert "flux-art" not in found

    def test_mended__leaves_words_that_are_known_alone(self, lexicon: Lexicon) -> None:
        tokens = tokens_of("the trailer of our trainer")
        assert lexicon.mended(tokens) == tokens

    def test_key_words__are_those_that_set_a_leaf_apart(self) -> None:
        lexicon = Lexicon(harbour())
        text = "A deeper foghorn for our boat"
        found = [word.words for word in lexicon.key_words(text, tokens_of(text), 2)]
        assert found[:2] in (["foghorn", "deeper"], ["deeper", "foghorn"])
        assert "boat" not in found


class TestRules:
    @pytest.mark.parametrize(
        ("phrase", "text", "found"),
        [
            ("blur faces", "please blur the faces", None),
            ("blur … faces", "please blur the faces", (1, 3)),
            ("blur … faces", "blur one two three four five faces", None),
            ("no ai", "absolutely no AI here", (1, 2)),
            ("recordings", "one recording", (1, 1)),
        ],
    )
    def test_occurrence__by_stems_with_gaps_of_four_words(
        self, phrase: str, text: str, found: tuple[int, int] | None
    ) -> None:
        assert occurrence(pattern_of(phrase), tokens_of(text)) == found

    def applied(self, text: str) -> list[str]:
        return [one.rule.key for one in rules_apply(shipped_rules(), text, tokens_of(text))]

    def test_rules_apply__needs_any_and_also_and_none_of_unless(self) -> None:
        assert "answers-in-a-chat" in self.applied("People ask on our website at night, answer them.")
        assert "answers-in-a-chat" not in self.applied("People like our website.")
        assert "answers-in-a-chat" not in self.applied("Answer on our website with posts for a campaign.")

    def test_rules_apply__quotes_the_words_that_made_it(self) -> None:
        text = "By hand, please."
        assert [(one.rule.key, one.words) for one in rules_apply(shipped_rules(), text, tokens_of(text))] == [
            ("a-person-please", "By hand")
        ]


class TestMeaning:
    def test_scores__are_highest_for_the_leaf_whose_texts_are_alike(self) -> None:
        knowledge = harbour()
        meaning = Meaning(knowledge, vectors_of(knowledge))
        for row, leaf in enumerate(knowledge.leaves):
            assert int(np.argmax(meaning.scores(scripted_embedding(leaf.needs[0])))) == row

    def test_is_ready__only_when_every_leaf_has_a_vector(self) -> None:
        knowledge = harbour()
        vectors = vectors_of(knowledge)
        for text in knowledge.texts():
            if text.leaf == "bells":
                del vectors[text.sha256]
        assert not Meaning(knowledge, vectors).is_ready
        assert not Meaning(knowledge, {}).is_ready


class TestAsk:
    def test_ask__proposes_with_reasons_in_plain_words(self, small: Guide) -> None:
        found = small.ask(LOOSE, vector=scripted_embedding(LOOSE), today=TODAY)
        first = found.proposals[0]
        assert (first.leaf.key, found.by_words_only) == ("knots", False)
        assert "This resembles the example “My boat came loose in the storm.”" in [
            reason.sentence for reason in first.reasons
        ]
        assert first.cases[0].case.key == "a-knot-that-holds"
        assert math.isclose(sum(one.share for one in found.proposals), 1.0)

    def test_ask__without_a_vector_goes_by_words_and_says_so(self, small: Guide) -> None:
        found = small.ask("A louder foghorn, or a bell for the fog", vector=None, today=TODAY)
        assert (found.proposals[0].leaf.key, found.by_words_only) == ("bells", True)
        assert Reason(ReasonKind.MENTION, "foghorn") in found.proposals[0].reasons

    def test_ask__knows_a_leaf_that_an_operator_added_without_phrases(self) -> None:
        knowledge = harbour()
        bare = Knowledge(
            (
                *knowledge.leaves,
                type(knowledge.leaves[0])(
                    "sails", "Sails", "harbour", "Harbour", "trade", "Canvas, sewn.", ("spinnaker",), (), ()
                ),
            ),
            knowledge.attributes,
        )
        found = Guide(bare, vectors_of(bare)).ask("my spinnaker is torn", vector=None, today=TODAY)
        assert (found.proposals[0].leaf.key, found.proposals[0].cases, found.draft.use_case) == ("sails", (), "")

    def test_ask__the_draft_follows_what_the_buyer_chose(self, small: Guide) -> None:
        found = small.ask(LOOSE, vector=None, category="nets", today=TODAY)
        assert (found.draft.category, found.draft.use_case) == ("nets", "a-net-mended")
        found = small.ask(LOOSE, vector=None, category="knots", use_case="a-book-of-knots", today=TODAY)
        assert found.draft.use_case == "a-book-of-knots"

    @pytest.mark.parametrize(
        ("need", "leaf"),
        [
            ("What do I type into Midjourney so that I can make my own bird pictures?", "prompts-for-images"),
            ("A real person with a warm voice for our radio spot, no AI.", "voice-over"),
            ("Guests write on WhatsApp all day, answer them automatically", "chatbots"),
            ("ChatGPT wrote our newsletter, only correct spelling and commas", "proofreading-ai-text"),
        ],
    )
    def test_ranking__of_the_shipped_catalogue_needs_no_vectors_where_words_are_clear(
        self, shipped: Guide, need: str, leaf: str
    ) -> None:
        assert shipped.ranking(need, None)[0] == leaf


class TestQuestions:
    def test_gain__is_the_mutual_information_of_answer_and_wish(self, small: Guide) -> None:
        # four hypotheses, equally likely: yes is 0.85 for the case, 0.35 for its leaf's other one, 0.1 for the rest
        belief = np.full(4, 0.25)
        yes = np.array([0.85, 0.35, 0.1, 0.1])
        by_hand = 0.0
        for likely in (yes, 1 - yes):
            chance = float((belief * likely).sum())
            by_hand += sum(float(b * p * math.log(p / chance)) for b, p in zip(belief, likely, strict=True))
        assert math.isclose(small.interview.gain(belief, "case:a-knot-that-holds"), by_hand)

    def test_next__asks_what_separates_and_nothing_where_all_is_clear(self, small: Guide) -> None:
        open_question = small.interview.next(np.full(4, 0.25), [])
        assert open_question is not None
        assert all(
            small.interview.gain(np.full(4, 0.25), key) <= open_question.gain
            for key in ("case:a-net-mended", "attribute:h_tool", "general:result")
        )
        assert small.interview.next(np.array([0.0, 0.0, 1.0, 0.0]), []) is None

    def test_next__asks_nothing_twice_and_five_at_most(self, small: Guide) -> None:
        answers: list[Answer] = []
        belief = np.full(4, 0.25)
        while question := small.interview.next(belief, answers):
            assert question.key not in {answer.question for answer in answers}
            answers.append(Answer(question.key, asking.UNSURE))
        assert 1 <= len(answers) <= asking.MOST_QUESTIONS
        five = [Answer(f"case:{number}", "yes") for number in range(5)]
        assert small.interview.next(np.full(4, 0.25), five) is None

    def test_believed__follows_bayes_and_ignores_unsure_and_what_is_gone(self, small: Guide) -> None:
        even = np.full(4, 0.25)
        after = small.interview.believed(even, [Answer("case:a-bell-in-fog", "yes")])
        assert math.isclose(float(after[3]), 0.85 / (0.85 + 3 * 0.1))
        for answer in (Answer("case:a-bell-in-fog", asking.UNSURE), Answer("case:was-hidden", "yes")):
            assert np.array_equal(small.interview.believed(even, [answer]), even)

    def test_ask__an_answer_moves_the_proposals_and_is_given_as_a_reason(self, small: Guide) -> None:
        answers = [Answer("case:a-bell-in-fog", "yes"), Answer("case:a-knot-that-holds", "no")]
        found = small.ask("Something for our boat", vector=None, answers=answers, today=TODAY)
        assert found.proposals[0].leaf.key == "bells"
        assert found.asked == 2
        assert found.proposals[0].reasons[0] == Reason(ReasonKind.ANSWER, "Yes", "Do others not hear you in fog?")
        assert found.proposals[0].reasons[0].sentence == "You answered “Yes” to “Do others not hear you in fog?”"

    def test_attribute_questions__come_from_options_that_are_names_of_leaves(self, small: Guide) -> None:
        question = small.interview.question("attribute:h_tool")
        assert question is not None
        assert [choice.key for choice in question.choices] == ["splicer", "netfix", "none", "unsure"]
        belief = small.interview.believed(np.full(4, 0.25), [Answer("attribute:h_tool", "netfix")])
        assert int(np.argmax(belief)) == 2

    def test_image_tools__separate_the_artists_by_tool(self, shipped: Guide) -> None:
        question = shipped.interview.question("attribute:image_tool")
        assert question is not None
        assert {"midjourney", "stable-diffusion", "flux"} <= {choice.key for choice in question.choices}


class TestDraft:
    def test_draft__takes_budget_date_length_language_and_policy_from_the_words(self, shipped: Guide) -> None:
        need = (
            "Hello, a speech in German for our mayor, 900 words, by Friday. A person should write it, no AI. "
            "Budget is 400 euros. Please as docx."
        )
        draft = shipped.ask(need, vector=None, category="speeches", today=TODAY).draft
        assert draft.title == "a speech in German for our mayor, 900 words, by Friday"
        assert (draft.budget, draft.currency, draft.due) == (400, "EUR", date(2026, 11, 27))
        assert (draft.ai_policy, draft.languages) == ("human", ("de",))
        assert {one.kind: dict(one.spec) for one in draft.criteria if one.kind != "manual"} == {
            "format": {"formats": ["docx"]},
            "words": {"least": 810, "most": 990},
            "language": {"language": "de"},
            "no_ai": {},
        }
        assert draft.attributes["language"] == ("german",)
        assert draft.deliverables

    def test_draft__reads_confidentiality_and_rights_where_the_leaf_asks_for_them(self, shipped: Guide) -> None:
        need = "Names must be taken out of medical letters and nothing may leave the house."
        draft = shipped.ask(need, vector=None, category="privacy-and-anonymisation", today=TODAY).draft
        assert draft.privacy_level == draft.attributes["privacy_level"] == "on-your-premises-only"
        assert draft.licence == ""

    def test_draft__an_answer_about_the_maker_decides_the_policy(self, shipped: Guide) -> None:
        for choice, policy in (("person", "human"), ("blend", "assisted"), ("model", "generated"), ("any", "any")):
            answers = [Answer("general:maker", choice)]
            assert shipped.ask("a song", vector=None, answers=answers, today=TODAY).draft.ai_policy == policy


class TestShippedFiles:
    """Files that somebody edits by hand name nothing that there is not."""

    def test_phrases__every_leaf_of_the_catalogue_has_ten_and_no_other_has_any(self) -> None:
        phrases = phrases_read()
        assert set(phrases) == {leaf.key for leaf in shipped_knowledge().leaves}
        assert min(map(len, phrases.values())) >= 10
        everything = [text for needs in phrases.values() for text in needs]
        assert len(everything) == len(set(everything))

    def test_rules_and_questions__name_leaves_groups_and_ways_that_there_are(self) -> None:
        leaves = {leaf.key for leaf in shipped_knowledge().leaves}
        groups = {leaf.group for leaf in shipped_knowledge().leaves}
        for rule in shipped_rules():
            assert set(rule.leaves) <= leaves, rule.key
            assert set(rule.groups) <= groups, rule.key
            assert set(rule.ways) <= set(Way.values), rule.key
        for question in shipped_questions():
            for option in question.options:
                assert option.leaves <= leaves, option.key
                assert option.groups <= groups, option.key
                assert option.ways <= set(Way.values), option.key

    def test_ways__each_is_explained(self) -> None:
        assert set(shipped_ways()) == set(Way.values)

    def test_drafts__every_leaf_begins_with_something_to_deliver(self, shipped: Guide) -> None:
        for leaf in shipped_knowledge().leaves:
            draft = shipped.ask("something", vector=None, category=leaf.key, today=TODAY).draft
            assert draft.category == leaf.key
            assert draft.deliverables, leaf.key
