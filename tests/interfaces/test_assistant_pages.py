"""The assistant's pages in the studio, and what conversations show of it, as a browser without JavaScript asks for them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from oeuvre.domains.assistant import selectors, services, thinking
from oeuvre.domains.assistant.engine.types import Audience, Policy, TaskKind, Tone
from oeuvre.domains.assistant.states import AnswerState, AssistantState
from oeuvre.domains.conversations import selectors as conversations
from oeuvre.domains.conversations import services as talking
from tests.domains.creation_fixtures import *  # noqa: F403  (pytest finds fixtures by name)
from tests.interfaces.assistant_world import HANDED, REPLY, SUMMARY, decide, live_assistant, scripted, subscribed
from tests.support.budget import MOST_QUERIES
from tests.support.factories import freelancer_with_profile
from tests.support.worker import run_tasks

if TYPE_CHECKING:
    from oeuvre.domains.accounts.models import User
    from oeuvre.domains.conversations.models import Conversation

pytestmark = pytest.mark.django_db


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def at(name: str, *arguments: Any) -> str:
    return reverse(f"assistant:{name}", args=arguments)


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer
    return " ".join(answer.content.decode().split())


@pytest.fixture
def owner(monkeypatch: pytest.MonkeyPatch, db: None) -> User:
    scripted(monkeypatch)
    return freelancer_with_profile("maren@example.org", "maren", "Maren Oduya")


@pytest.fixture
def page(owner: User) -> Client:
    return client_of(owner)


@pytest.fixture
def begun(owner: User) -> User:
    """With an assistant that answers nobody yet."""
    services.assistant_create(actor=subscribed(owner).actor)
    return owner


@pytest.fixture
def live(owner: User) -> User:
    live_assistant(owner)
    return owner


def write(buyer: User, freelancer: User, body: str) -> Conversation:
    """A first message, and whatever the worker does about it."""
    talk = talking.conversation_start(actor=buyer.actor, freelancer_id=freelancer.pk, body=body)
    run_tasks()
    return talk


def thread(talk: Conversation) -> str:
    return reverse("conversations:thread", args=[talk.pk])


# Without a plan, and setting up


def test_overview__shows_what_it_does_and_which_plans_have_it(page: Client) -> None:
    text = text_of(page, at("overview"))
    assert "Every claim has a source" in text
    assert reverse("studio:plan_start", args=["assistant"]) in text
    assert reverse("studio:plan_start", args=["premium"]) in text
    assert reverse("studio:plan_start", args=["creation_model"]) not in text
    assert at("begin") not in text


def test_begin__sets_one_up_with_a_plan_and_shows_the_way_to_going_live(owner: User, page: Client) -> None:
    subscribed(owner)
    assert at("begin") in text_of(page, at("overview"))
    page.post(at("begin"))
    text = text_of(page, at("overview"))
    assert "It answers nobody yet" in text
    assert 'data-state="now"' in text
    assert 'value="live"' not in text, "nothing to press while something is in the way"


@pytest.mark.parametrize("name", ["rules", "learning", "bank", "rehearsal", "log", "answer_new"])
def test_pages__lead_whoever_has_no_assistant_to_what_it_is(page: Client, name: str) -> None:
    assert page.get(at(name)).headers["Location"] == at("overview")


# Rules


def audiences(**changes: str) -> dict[str, str]:
    return {
        "new": "answer", "known": "draft", "running_order": "off", "away": "answer", "outside_office_only": "yes",
        "returns_after_days": "7", "do": "save", **changes,
    }  # fmt: skip


def test_rules__save_whom_it_answers_and_leave_the_rest(begun: User, page: Client) -> None:
    answer = page.post(at("rules_section", "audiences"), audiences())
    assert answer.headers["Location"] == at("rules_section", "audiences")
    kept = selectors.settings_of(actor=begun.actor)
    assert kept.policies[Audience.NEW] is Policy.ANSWER
    assert kept.policies[Audience.RUNNING_ORDER] is Policy.OFF
    assert kept.outside_office_only
    assert kept.returns_after_days == 7
    page.post(at("rules_section", "voice"), {"tone": "formal", "languages": ["en", "pt"], "first": "pt", "do": "save"})
    kept = selectors.settings_of(actor=begun.actor)
    assert (kept.tone, kept.languages) == (Tone.FORMAL, ("pt", "en"))
    assert kept.policies[Audience.NEW] is Policy.ANSWER


def test_rules__save_and_go_on_leads_to_the_next_section(begun: User, page: Client) -> None:
    answer = page.post(at("rules_section", "audiences"), audiences(do="next"))
    assert answer.headers["Location"] == at("rules_section", "voice")


@pytest.mark.parametrize(
    ("section", "given", "said"),
    [
        ("voice", {"tone": "formal", "languages": ["en"], "first": "pt"}, "Choose one of the languages"),
        ("hours", {"time_zone": "Europe/Lisbon", "start_0": "09:00"}, "Until when?"),
        ("hours", {"time_zone": "Europe/Lisbon", "start_0": "17:00", "end_0": "09:00"}, "must come after"),
        ("limits", {"discount_most": "0", "offers": "on"}, "Write the largest amount"),
        ("limits", {"discount_most": "80"}, "less than or equal to"),
    ],
)
def test_rules__say_beside_the_field_what_is_wrong(
    begun: User, page: Client, section: str, given: dict[str, Any], said: str
) -> None:
    answer = page.post(at("rules_section", section), {**given, "do": "save"})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "Not saved yet" in answer.content.decode()


def test_rules__keep_hours_limits_and_tasks(begun: User, page: Client) -> None:
    page.post(at("rules_section", "hours"), {"time_zone": "Europe/Lisbon", "start_0": "09:00", "end_0": "17:30"})
    page.post(at("rules_section", "limits"), {"discount_most": "5", "offers": "on", "most": "400", "most_copies": "3"})
    page.post(at("rules_section", "tasks"), {"order_status": "on"})
    page.post(at("rules_section", "never"), {"never": " Where do you live? \n\nWhere do you live?\nYour phone? "})
    kept = selectors.settings_of(actor=begun.actor)
    assert [(one.weekday, one.start.hour, one.end.minute) for one in kept.office] == [(0, 9, 30)]
    assert kept.offers is not None
    assert (kept.discount_most, kept.offers.most.amount, kept.offers.most_copies) == (5, 40000, 3)
    assert kept.tasks == {TaskKind.ORDER_STATUS}
    assert kept.never == ("Where do you live?", "Your phone?")


def rows(*found: tuple[str, str]) -> dict[str, str]:
    given = {"rows-TOTAL_FORMS": str(len(found)), "rows-INITIAL_FORMS": "0"}
    for place, (name, examples) in enumerate(found):
        given |= {f"rows-{place}-name": name, f"rows-{place}-examples": examples}
    return given


def test_rules__suggest_a_topic_on_the_page_and_keep_it_once_it_is_saved(begun: User, page: Client) -> None:
    suggested = page.post(at("rules_section", "topics"), {**rows(), "do": "rows:suggest:0"}).content.decode()
    assert "Contracts and confidentiality" in suggested
    assert "Changed on this page only" in suggested
    assert selectors.settings_of(actor=begun.actor).hand_off_topics == ()
    page.post(at("rules_section", "topics"), {**rows(("Contracts", "An NDA\nA contract")), "do": "save"})
    [topic] = selectors.settings_of(actor=begun.actor).hand_off_topics
    assert (topic.name, topic.examples) == ("Contracts", ("An NDA", "A contract"))


def test_rules__keep_what_else_is_so_under_the_key_that_it_had(begun: User, page: Client) -> None:
    given = {"rows-TOTAL_FORMS": "1", "rows-INITIAL_FORMS": "0", "rows-0-title": "Rounds", "rows-0-language": "en"}
    page.post(at("rules_section", "notes"), {**given, "rows-0-text": "A round is one list.", "do": "save"})
    [note] = selectors.settings_of(actor=begun.actor).notes
    again = {**given, "rows-0-text": "A round is a list.", "rows-0-key": note.key, "do": "save"}
    page.post(at("rules_section", "notes"), again)
    [kept] = selectors.settings_of(actor=begun.actor).notes
    assert (kept.key, kept.text) == (note.key, "A round is a list.")


def test_away__until_the_end_of_a_day_and_back(begun: User, page: Client) -> None:
    until = (timezone.now() + timedelta(days=4)).date()
    page.post(at("away"), {"until": until.isoformat(), "do": "away"})
    kept = selectors.settings_of(actor=begun.actor).away_until
    assert kept is not None
    assert kept.date() == until
    assert "You are away until" in text_of(page, at("rules_section", "hours"))
    page.post(at("away"), {"do": "back"})
    assert selectors.settings_of(actor=begun.actor).away_until is None


# Conversations to learn from


def test_learning__shows_both_sides_and_counts_only_when_both_agree(begun: User, page: Client, buyer: User) -> None:
    talk = write(buyer, begun, "How long does it take?")
    assert 'data-state="none"' in text_of(page, at("learning"))
    page.post(at("learning_decide", talk.pk), {"agree": "yes"})
    assert 'data-state="one"' in text_of(page, at("learning"))
    talking.learning_agree(actor=buyer.actor, conversation_id=talk.pk)
    assert 'data-state="both"' in text_of(page, at("learning"))
    page.post(at("learning_decide", talk.pk), {"agree": "no"})
    assert 'data-state="one"' in text_of(page, at("learning"))
    assert not selectors.learning_list(actor=begun.actor)[0].is_learnable


def test_learning__lists_what_was_made_and_that_it_is_not_used_any_more(
    begun: User, page: Client, buyer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = write(buyer, begun, "How long does it take?")
    talking.message_send(actor=begun.actor, conversation_id=talk.pk, body="Three days, as a rule.", message_id=uuid4())
    for person in (buyer, begun):
        talking.learning_agree(actor=person.actor, conversation_id=talk.pk)
    scripted(monkeypatch, asked=("How long does it take?",))
    page.post(at("bank_draft"))
    run_tasks()
    text = text_of(page, at("learning"))
    assert "1 thing was made from it" in text
    assert "Answer: How long does it take?" in text
    talking.learning_end(actor=buyer.actor, conversation_id=talk.pk)
    assert "not used any more" in text_of(page, at("learning"))
    assert "Not used: consent was taken back" in text_of(page, at("bank"))


# The bank


def test_bank__drafts_are_accepted_changed_and_rejected(begun: User, page: Client) -> None:
    page.post(at("bank_draft"))
    run_tasks()
    text = text_of(page, at("bank"))
    assert "Three days, as a rule." in text
    assert "Well supported" in text
    assert "asked 4 times" in text
    [drafted] = selectors.bank_of(actor=begun.actor).rows
    page.post(at("answer_decide", drafted.id), {"decision": "accept"})
    assert selectors.answer_get(actor=begun.actor, answer_id=drafted.id).status == AnswerState.ACCEPTED
    page.post(at("answer", drafted.id), {"question": drafted.question, "reply": "Three days."})
    assert selectors.answer_get(actor=begun.actor, answer_id=drafted.id).reply == "Three days."
    page.post(at("answer_decide", drafted.id), {"decision": "reject"})
    assert "Three days." in text_of(page, at("bank") + "?status=rejected")
    page.post(at("answer_decide", drafted.id), {"decision": "delete"})
    assert selectors.bank_of(actor=begun.actor).rows == []


def test_bank__takes_own_answers_and_finds_words(begun: User, page: Client) -> None:
    page.post(at("answer_new"), {"question": "Do you work at night?", "reply": "Never."})
    page.post(at("answer_new"), {"question": "Do you write songs?", "reply": "Small ones."})
    found = text_of(page, at("bank") + "?q=night")
    assert "Never." in found
    assert "Small ones." not in found
    assert page.post(at("answer_new"), {"question": "", "reply": "x"}).status_code == 422


def test_answer_new__brings_the_question_that_a_buyer_asked(live: User, page: Client, buyer: User) -> None:
    write(buyer, live, "May I have a contract for the harbour?")
    [exchange] = selectors.exchanges_of(actor=live.actor)
    assert "May I have a contract for the harbour?" in text_of(page, at("answer_new") + f"?exchange={exchange.id}")
    stranger = freelancer_with_profile("sol@example.org", "sol", "Sol Rake")
    services.assistant_create(actor=stranger.actor)
    assert "harbour" not in text_of(client_of(stranger), at("answer_new") + f"?exchange={exchange.id}")


# Rehearsal


def test_rehearsal__shows_what_it_would_say_and_what_must_pass_first(begun: User, page: Client) -> None:
    page.post(at("rehearsal_start"))
    assert at("rehearsal_progress") in text_of(page, at("rehearsal"))
    run_tasks()
    assert "HX-Refresh" in page.get(at("rehearsal_progress")).headers
    text = text_of(page, at("rehearsal"))
    assert REPLY in text
    assert "Would hand off to you" in text
    said = next(case for case in selectors.cases_of(actor=begun.actor) if "deliver" in case.text)
    page.post(at("case", said.id), {"mark": "wrong"})
    page.post(at("case", said.id), {"must_pass": "yes"})
    text = text_of(page, at("rehearsal"))
    assert "It cannot go live like this" in text
    assert text.index("When could you deliver?") < text.index("Send a contract first.")
    assert text_of(page, at("rehearsal") + "?which=failing").count('class="trial"') == 1


def test_rehearsal__answers_htmx_with_the_case_alone(begun: User, page: Client) -> None:
    page.post(at("rehearsal_start"))
    run_tasks()
    case = selectors.cases_of(actor=begun.actor)[0]
    answer = page.post(at("case", case.id), {"mark": "right"}, headers={"HX-Request": "true"}).content.decode()
    assert answer.count("<article") == 1
    assert "<html" not in answer
    assert re.search(r'value="right"\s+aria-pressed="true"', answer)


def test_rehearsal__takes_a_message_of_ones_own_and_can_be_stopped(begun: User, page: Client) -> None:
    page.post(at("case_add"), {"text": "Do you ship to the moon?"})
    assert "Do you ship to the moon?" in text_of(page, at("rehearsal"))
    assert page.post(at("case_add"), {"text": " "}).status_code == 422
    page.post(at("rehearsal_start"))
    page.post(at("rehearsal_cancel"))
    state = selectors.rehearsal_state(actor=begun.actor)
    assert state is not None
    assert not state.is_open


# At work


def test_switch__goes_live_pauses_and_goes_on(live: User, page: Client) -> None:
    assert "It is at work" in text_of(page, at("overview"))
    page.post(at("switch"), {"do": "pause"})
    assert "It is paused" in text_of(page, at("overview"))
    page.post(at("switch"), {"do": "resume"})
    found = selectors.assistant_of(actor=live.actor)
    assert found is not None
    assert found.status == AssistantState.LIVE


def test_switch__says_what_is_in_the_way(begun: User, page: Client) -> None:
    told = page.post(at("switch"), {"do": "live"}, follow=True).content.decode()
    assert "You have no gig on offer" in told
    assert "It answers nobody yet" in told


def test_thread__marks_the_assistants_messages_on_both_sides(live: User, page: Client, buyer: User) -> None:
    talk = write(buyer, live, "When could you deliver?")
    theirs, mine = text_of(client_of(buyer), thread(talk)), text_of(page, thread(talk))
    assert REPLY in theirs
    assert "Assistant of Maren Oduya" in theirs
    assert "Ask for Maren Oduya" in theirs
    assert "correct this reply" not in theirs
    assert "Your assistant answers here" in mine
    assert "Sources, correct this reply" in mine
    [exchange] = selectors.exchanges_of(actor=live.actor)
    shown = text_of(page, at("exchange", exchange.id))
    assert "Replied from your pages" in shown
    assert "When could you deliver?" in shown


def test_thread__shows_both_what_is_being_written_sentence_by_sentence(
    live: User, page: Client, buyer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    talk = talking.conversation_start(actor=buyer.actor, freelancer_id=live.pk, body="When could you deliver?")

    def slowly(message: str, *, on_sentence: Any = None, **given: Any) -> Any:
        made = decide(message, on_sentence=on_sentence, **given)
        seen.extend(text_of(client, thread(talk)) for client in (page, client_of(buyer)))
        return made

    monkeypatch.setattr(thinking, "decide", slowly)
    run_tasks()
    mine, theirs = seen
    assert "Your assistant is writing" in mine
    assert "The assistant of Maren Oduya is writing" in theirs
    assert mine.count(REPLY) == theirs.count(REPLY) == 1
    assert "is writing" not in text_of(page, thread(talk))


def test_thread__without_a_live_assistant_says_nothing_of_one(begun: User, page: Client, buyer: User) -> None:
    talk = write(buyer, begun, "When could you deliver?")
    for client in (page, client_of(buyer)):
        assert 'data-holder="' not in text_of(client, thread(talk))


def test_thread__gives_the_buyer_the_freelancer_who_gives_it_back(live: User, page: Client, buyer: User) -> None:
    talk = write(buyer, live, "When could you deliver?")
    turn = reverse("conversations:assistant", args=[talk.pk])
    asking = client_of(buyer)
    asking.post(turn, {"do": "ask"})
    assert "Maren Oduya answers here in person" in text_of(asking, thread(talk))
    assert "The buyer asked for you." in text_of(page, thread(talk))
    page.post(turn, {"do": "give"})
    assert "Your assistant answers here" in text_of(page, thread(talk))
    page.post(turn, {"do": "take"})
    assert 'data-holder="human"' in text_of(page, thread(talk))


def test_thread__hands_off_with_a_summary_for_the_freelancer_only(live: User, page: Client, buyer: User) -> None:
    talk = write(buyer, live, "We need a contract first.")
    theirs = text_of(client_of(buyer), thread(talk))
    assert HANDED in theirs
    assert SUMMARY not in theirs
    assert "1 hand-off" in text_of(page, at("overview"))
    [exchange] = selectors.exchanges_of(actor=live.actor, outcome="handed_off")
    mine = text_of(page, at("exchange", exchange.id))
    assert SUMMARY in mine
    assert "Answer it yourself" in mine
    assert "supported" not in mine, "how sure a hand-off is supports nothing"
    assert page.get(at("exchange", exchange.id)).context["correction"].initial["reply"] == ""


def test_draft__is_seen_by_the_freelancer_alone_and_sent_as_it_was_changed(
    owner: User, page: Client, buyer: User
) -> None:
    live_assistant(owner, Policy.DRAFT)
    talk = write(buyer, owner, "When could you deliver?")
    assert REPLY not in text_of(client_of(buyer), thread(talk))
    mine = text_of(page, thread(talk))
    assert "Only you see this" in mine
    assert "Your assistant wrote a draft" in mine
    [exchange] = selectors.exchanges_of(actor=owner.actor, outcome="drafted")
    given = {"body": "In four days.", "decision": "send", "from": "conversation"}
    assert page.post(at("exchange_draft", exchange.id), given).headers["Location"] == thread(talk)
    assert "In four days." in text_of(client_of(buyer), thread(talk))


def test_draft__is_discarded_without_a_word(owner: User, page: Client, buyer: User) -> None:
    live_assistant(owner, Policy.DRAFT)
    talk = write(buyer, owner, "When could you deliver?")
    [exchange] = selectors.exchanges_of(actor=owner.actor, outcome="drafted")
    page.post(at("exchange_draft", exchange.id), {"decision": "discard"})
    assert selectors.draft_of(actor=owner.actor, conversation=talk) is None
    assert len(conversations.conversation_messages(actor=buyer.actor, conversation_id=talk.pk).messages) == 1


def test_correct__sends_ones_own_words_and_keeps_them_as_an_answer(live: User, page: Client, buyer: User) -> None:
    talk = write(buyer, live, "When could you deliver?")
    [exchange] = selectors.exchanges_of(actor=live.actor)
    given = {"reply": "Five days, it is August.", "keep": "on", "question": ""}
    assert page.post(at("exchange_correct", exchange.id), given).status_code == 422
    page.post(at("exchange_correct", exchange.id), {**given, "question": "How long in August?"})
    assert "Five days, it is August." in text_of(client_of(buyer), thread(talk))
    [answer] = selectors.bank_of(actor=live.actor).rows
    assert (answer.question, answer.status) == ("How long in August?", AnswerState.ACCEPTED)


def test_latest__brings_who_answers_and_leaves_a_draft_that_the_page_shows(
    owner: User, page: Client, buyer: User
) -> None:
    live_assistant(owner, Policy.DRAFT)
    talk = write(buyer, owner, "When could you deliver?")
    address = reverse("conversations:latest", args=[talk.pk])
    [exchange] = selectors.exchanges_of(actor=owner.actor, outcome="drafted")
    new = page.get(address).content.decode()
    known = page.get(address, {"draft": str(exchange.id)}).content.decode()
    assert 'id="answering"' in new
    assert 'id="thread-draft"' in new
    assert 'id="thread-draft"' not in known, "somebody may be changing it"


def test_log__filters_by_outcome(live: User, page: Client, buyer: User) -> None:
    write(buyer, live, "We need a contract first.")
    assert "We need a contract first." in text_of(page, at("log") + "?outcome=handed_off")
    assert "We need a contract first." not in text_of(page, at("log") + "?outcome=sent")


def test_pages__stay_within_their_queries_while_it_is_at_work(live: User, page: Client, buyer: User) -> None:
    talk = write(buyer, live, "When could you deliver?")
    page.post(at("bank_draft"))
    run_tasks()
    [exchange] = selectors.exchanges_of(actor=live.actor)
    case = selectors.cases_of(actor=live.actor)[0]
    answer = selectors.bank_of(actor=live.actor).rows[0]
    mine = [at(name) for name in ("overview", "learning", "bank", "answer_new", "rehearsal", "log")]
    mine += [at("rules_section", "hours"), at("exchange", exchange.id), at("answer", answer.id), thread(talk)]
    assert case.decision is not None
    over = []
    for client, addresses in ((page, mine), (client_of(buyer), [thread(talk)])):
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                client.get(address)
            if len(asked) > MOST_QUERIES:
                over.append("\n  ".join([f"{address}: {len(asked)}", *(query["sql"][:160] for query in asked)]))
    assert over == []


def test_new__tells_beforehand_that_an_assistant_may_answer(live: User, buyer: User) -> None:
    address = reverse("conversations:new", args=["maren"])
    assert "The assistant of Maren Oduya may answer first" in client_of(buyer).get(address).text
    services.assistant_pause(actor=live.actor)
    assert "may answer first" not in client_of(buyer).get(address).text
