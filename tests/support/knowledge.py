"""A chair mender whom an assistant speaks for, as the engine sees her. Where no vectors are given, words alone decide."""

from __future__ import annotations

from datetime import UTC, datetime, time

from oeuvre.domains.assistant.engine.deciding import decide
from oeuvre.domains.assistant.engine.types import (
    BankAnswer,
    Decision,
    ExtraFacts,
    FaqFacts,
    GigFacts,
    Knowledge,
    OfferLimits,
    OfficeWindow,
    OrderFacts,
    PackageFacts,
    Passage,
    Profile,
    Rules,
    Situation,
    TaskKind,
    Topic,
    Vectors,
)
from oeuvre.kit.money import Money

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
GIG = GigFacts(
    key="chairs",
    title="A chair, repaired",
    summary="I repair one wooden chair.",
    description="Loose joints are glued, seats are woven anew.",
    languages=("en", "pt"),
    packages=(
        PackageFacts("basic", "Glue", Money(4000, "EUR"), 5, 1, "One loose joint.", ("1 joint",)),
        PackageFacts("premium", "New seat", Money(11000, "EUR"), 14, 2, "A woven seat.", ("Woven seat", "2 colours")),
    ),
    extras=(ExtraFacts("Express", Money(2500, "EUR"), 0, "It is done in 48 hours, sooner than usual."),),
    faq=(FaqFacts("Which wood do you use?", "Beech and ash, nothing tropical."),),
    requirements=("A photo of the chair", "The height of the seat"),
    rights="You may use pictures of the chair as you like.",
    ai_policy="No AI takes part.",
    url="/gigs/chairs/",
)
KNOWLEDGE = Knowledge(
    Profile("Tove", "Chair mender", "I mend chairs in a barn.", ("en", "sv")),
    (GIG,),
    (BankAnswer("a1", "Do you collect chairs from home?", "Please send the chair by carrier, I do not collect."),),
    (Passage("p1", "Storage", "Finished chairs wait in the barn for three weeks."),),
)
RULES = Rules(
    hand_off_topics=(Topic("Museums", ("we are a museum and restore thrones",)),),
    never=("What do you earn in a year?",),
    refused=(Topic("Plastic chairs", ("repair my plastic garden chair",)),),
    discount_most=10,
    offers=OfferLimits(Money(25000, "EUR"), 3),
    tasks=frozenset(TaskKind),
    languages=("en", "pt"),
    office=(OfficeWindow(2, time(9), time(12)),),
)
ORDER = OrderFacts(
    "o1",
    "OE-77",
    "A chair, repaired: Glue",
    "in_progress",
    "In progress",
    datetime(2026, 11, 30, 12, tzinfo=UTC),
    (),
    "/orders/OE-77/invoice/",
    "",
    "/orders/OE-77/",
)


def ask(
    message: str,
    *,
    rules: Rules = RULES,
    knowledge: Knowledge = KNOWLEDGE,
    vectors: Vectors | None = None,
    **situation: object,
) -> Decision:
    where = Situation(NOW, **{"about": "chairs", **situation})  # type: ignore[arg-type]
    return decide(message, knowledge=knowledge, rules=rules, situation=where, vectors=vectors)
