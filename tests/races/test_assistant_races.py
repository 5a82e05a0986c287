"""Two at once, where assistants are concerned; each scenario with its negative control."""

from __future__ import annotations

from typing import Any

import pytest

from oeuvre.domains.accounts.models import User
from oeuvre.domains.assistant import common, services
from oeuvre.domains.assistant.models import Exchange, Thread
from oeuvre.domains.assistant.services import replying, threads
from oeuvre.domains.assistant.states import ExchangeState, Holder
from oeuvre.domains.conversations.models import Conversation, Message
from oeuvre.kit.states import IllegalTransitionError
from tests.domains.conversation_talk import say, start
from tests.support.assistants import QUESTION, Script, live_assistant, scripted, waiting_exchange
from tests.support.threads import Rendezvous, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def unlocked(queryset: Any) -> list[Any]:
    """``lock_rows`` without the lock."""
    return list(queryset.order_by("pk"))


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "lock_rows", unlocked)
    monkeypatch.setattr(replying, "lock_rows", unlocked)
    monkeypatch.setattr(replying, "lock_names", lambda _names: None)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    return scripted(monkeypatch)


@pytest.fixture
def exchange(script: Script, buyer: User, freelancer: User) -> Exchange:
    """A question that waits."""
    live_assistant(freelancer)
    return waiting_exchange(start(buyer, freelancer, QUESTION))


def said(conversation: Conversation) -> list[bool]:
    """Of what the freelancer's side said, in order, whether the assistant did."""
    rows = Message.objects.filter(conversation=conversation, author=conversation.freelancer)
    return list(rows.order_by("created_at", "id").values_list("by_assistant", flat=True))


def failures(answers: list[Any], caplog: pytest.LogCaptureFixture) -> list[BaseException]:
    """What broke: told to somebody, or written down by the worker."""
    logged = [record.exc_info[1] for record in caplog.records if record.exc_info and record.exc_info[1]]
    return [answer for answer in answers if isinstance(answer, Exception)] + logged


class TestOwnMessageAgainstReply:
    """The freelancer writes while the reply is about to be sent: the assistant never speaks after them."""

    def test_message_send__by_the_freelancer_is_never_followed_by_the_assistant(
        self,
        exchange: Exchange,
        freelancer: User,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        meeting = Rendezvous()
        # The reply has looked and not been written; the freelancer sends theirs now.
        monkeypatch.setattr(replying, "still_mine", meeting.after(replying.still_mine))

        def write() -> Message:
            meeting.wait()
            return say(freelancer, exchange.conversation, "I answer this one myself.")

        answers = at_once(lambda: services.reply_execute(exchange_id=exchange.pk), write)
        assert said(exchange.conversation) == [True, False]
        assert not failures(answers, caplog)
        assert Thread.objects.get().holder == Holder.HUMAN

    def test_control__a_reply_that_does_not_look_under_the_lock_breaks(
        self,
        exchange: Exchange,
        freelancer: User,
        script: Script,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.setattr(replying, "still_mine", lambda _work: True)
        script.during = lambda: say(freelancer, exchange.conversation, "I answer this one myself.")
        services.reply_execute(exchange_id=exchange.pk)
        (broken,) = failures([], caplog)
        assert isinstance(broken, IllegalTransitionError), "only the state machine kept it from being said"


class TestTakeOverAgainstReply:
    """The freelancer takes over while the reply is about to be sent: one of the two comes first, and both end well."""

    def race(self, exchange: Exchange, freelancer: User, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        meeting = Rendezvous()
        # Both have looked at whose the thread is, and neither has written.
        monkeypatch.setattr(replying, "still_mine", meeting.after(replying.still_mine))
        monkeypatch.setattr(threads, "thread_locked", meeting.after(common.thread_locked))
        answers = at_once(
            lambda: services.reply_execute(exchange_id=exchange.pk),
            lambda: services.thread_take_over(actor=freelancer.actor, conversation_id=exchange.conversation_id),
        )
        exchange.refresh_from_db()
        return answers

    def test_thread_take_over__while_a_reply_is_sent_one_of_them_comes_first(
        self,
        exchange: Exchange,
        freelancer: User,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        answers = self.race(exchange, freelancer, monkeypatch)
        assert not failures(answers, caplog)
        was_sent = exchange.status == ExchangeState.SENT
        assert said(exchange.conversation) == ([True] if was_sent else [])
        assert Thread.objects.get().holder == Holder.HUMAN

    def test_control__without_the_lock_one_of_them_breaks(
        self,
        exchange: Exchange,
        freelancer: User,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        without_locks(monkeypatch)
        answers = self.race(exchange, freelancer, monkeypatch)
        assert any(isinstance(one, IllegalTransitionError) for one in failures(answers, caplog))


class TestTwoWorkers:
    """Two workers start on one message: one of them answers, the other leaves."""

    def race(self, exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        meeting = Rendezvous()
        # Both have found it waiting.
        monkeypatch.setattr(replying, "_skipped", meeting.after(replying._skipped))
        return at_once(*[lambda: services.reply_execute(exchange_id=exchange.pk)] * 2)

    def test_reply_execute__by_two_workers_answers_once(
        self, exchange: Exchange, script: Script, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers = self.race(exchange, monkeypatch)
        assert sorted(map(str, answers)) == ["None", "sent"]
        assert len(script.asked) == 1
        assert said(exchange.conversation) == [True]

    def test_control__without_the_lock_both_want_to_answer(
        self, exchange: Exchange, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        without_locks(monkeypatch)
        answers = self.race(exchange, monkeypatch)
        assert any(isinstance(one, IllegalTransitionError) for one in failures(answers, caplog))
