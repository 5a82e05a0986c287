"""What a brief or an offer must be before it is kept, and before anybody else sees it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from oeuvre.domains.briefs.errors import BriefContentError, OfferContentError
from oeuvre.domains.briefs.limits import LIMITS
from oeuvre.domains.catalog import selectors as catalog
from oeuvre.domains.catalog.errors import EntryNotFoundError
from oeuvre.domains.catalog.services import criterion_problem
from oeuvre.domains.catalog.states import AttributeType
from oeuvre.kit.actor import Actor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oeuvre.domains.briefs.content import AttributeValue, BriefContent, OfferContent, OfferPart
    from oeuvre.domains.catalog.selectors import AttributeRule, LeafRules
    from oeuvre.domains.catalog.services import Criterion
    from oeuvre.kit.money import Money

LICENCE, PRIVACY = "licence", "privacy_level"
Wrong = type[BriefContentError] | type[OfferContentError]


def brief_check(content: BriefContent) -> None:
    """Whether a draft may be kept: nothing that is there is wrong, though much may be missing. Raises BriefContentError."""
    wrong = BriefContentError
    _length("title", content.title, LIMITS.title, wrong)
    _length("goal", content.goal, LIMITS.goal, wrong)
    _count("deliverables", content.deliverables, LIMITS.deliverables, wrong)
    for one in content.deliverables:
        _length("deliverables", one, LIMITS.deliverable, wrong)
    _count("answers", content.answers, LIMITS.answers, wrong)
    for answered in content.answers:
        _length("answers", answered.question, LIMITS.criterion, wrong)
        _length("answers", answered.answer, LIMITS.answer, wrong)
    _count("languages", content.languages, LIMITS.languages, wrong)
    _criteria(content.criteria, wrong)
    _budget(content.budget_low, content.budget_high)
    if not 1 <= content.open_days <= LIMITS.most_open_days:
        raise wrong(
            _("A brief takes offers for 1 to %(most)d days.") % {"most": LIMITS.most_open_days}, field="open_days"
        )
    leaf = _leaf(content)
    _attributes(content, leaf)


def brief_complete_check(content: BriefContent, *, today: date | None = None) -> None:
    """Whether freelancers can make an offer on it. Raises BriefContentError for the first thing that is missing."""
    missing = [
        ("title", not content.title, _("Give it a title, so that it can be told from others.")),
        ("goal", len(content.goal) < 20, _("Say in a sentence or two what you want to reach.")),
        ("category", not content.category, _("Choose a category; freelancers are found by it.")),
    ]
    for field, is_missing, message in missing:
        if is_missing:
            raise BriefContentError(message, field=field)
    if content.due is not None and content.due <= (today or timezone.now().date()):
        raise BriefContentError(_("The date lies in the past. Choose one from tomorrow on."), field="due")


def _leaf(content: BriefContent) -> LeafRules | None:
    """The leaf, where one is chosen; its use case must be its own."""
    if not content.category:
        if content.attributes or content.use_case:
            raise BriefContentError(_("Choose a category first; what it asks for depends on it."), field="category")
        return None
    try:
        leaf = catalog.leaf_get(key=content.category)
        case = catalog.use_case_get(actor=Actor.anonymous(), key=content.use_case) if content.use_case else None
    except EntryNotFoundError as error:
        raise BriefContentError(error.message, field="category") from None
    if case is not None and case.category_id != leaf.category.pk:
        raise BriefContentError(_("This example belongs to another category. Choose one of this."), field="use_case")
    return leaf


def _attributes(content: BriefContent, leaf: LeafRules | None) -> None:
    rules = leaf.attributes if leaf else {}
    for key, value in content.attributes.items():
        if key not in rules or not _answers(rules[key], value):
            raise BriefContentError(
                _("This category does not ask for it, or not for this answer: %(attribute)s.")
                % {"attribute": rules[key].label if key in rules else key},
                field=f"attributes.{key}",
            )
    for key, chosen in ((LICENCE, content.licence), (PRIVACY, content.privacy_level)):
        known = catalog.attribute_words({key}).options if chosen else {}
        if chosen and (key, chosen) not in known:
            raise BriefContentError(_("There is no such option to choose."), field=key)


def _answers(rule: AttributeRule, value: AttributeValue) -> bool:
    """Whether it is an answer to what the leaf asks. A buyer may name several options even where a gig has one."""
    if rule.type is AttributeType.BOOLEAN:
        return isinstance(value, bool)
    if rule.type is AttributeType.NUMBER:
        return (
            isinstance(value, (int, float))
            and not isinstance(value, bool)
            and (rule.minimum is None or value >= rule.minimum)
            and (rule.maximum is None or value <= rule.maximum)
        )
    chosen = (value,) if isinstance(value, str) else value
    return isinstance(chosen, (tuple, list)) and set(chosen) <= set(rule.options)


def _budget(low: Money | None, high: Money | None) -> None:
    for field, amount in (("budget_low", low), ("budget_high", high)):
        if amount is None:
            continue
        if amount.currency != settings.CURRENCY:
            raise BriefContentError(
                _("Budgets here are in %(currency)s.") % {"currency": settings.CURRENCY}, field=field
            )
        if not 0 < amount.amount <= LIMITS.budget:
            raise BriefContentError(_("A budget is more than nothing. Leave it out if you have none."), field=field)
    if low is not None and high is not None and high < low:
        raise BriefContentError(_("The budget ends before it begins. Swap the two amounts."), field="budget_high")


def offer_check(content: OfferContent) -> None:
    """Whether an offer may be kept. Raises OfferContentError."""
    wrong = OfferContentError
    if not content.title:
        raise wrong(_("Give the offer a title: the order will bear it."), field="title")
    _length("title", content.title, LIMITS.title, wrong)
    _length("message", content.message, LIMITS.message, wrong)
    _length("scope", content.scope, LIMITS.scope, wrong)
    if not 1 <= len(content.milestones) <= LIMITS.milestones:
        raise wrong(_("An offer has one to %(most)d milestones.") % {"most": LIMITS.milestones}, field="milestones")
    for number, part in enumerate(content.milestones):
        _part(f"milestones.{number}", part, least_days=1)
    if content.days > LIMITS.days:
        raise wrong(
            _("The milestones take %(most)d days together at most.") % {"most": LIMITS.days}, field="milestones"
        )
    if content.price.amount > LIMITS.price:
        raise wrong(_("The milestones cost more together than an order may."), field="milestones")
    _count("extras", content.extras, LIMITS.extras, wrong)
    for number, part in enumerate(content.extras):
        _part(f"extras.{number}", part, least_days=0)
    if not 0 <= content.revisions <= LIMITS.revisions:
        raise wrong(_("An offer includes 0 to %(most)d revisions.") % {"most": LIMITS.revisions}, field="revisions")
    if not 1 <= content.valid_days <= LIMITS.most_valid_days:
        raise wrong(_("An offer holds for 1 to %(most)d days.") % {"most": LIMITS.most_valid_days}, field="valid_days")
    if content.rights and (LICENCE, content.rights) not in catalog.attribute_words({LICENCE}).options:
        raise wrong(_("There is no such licence to choose."), field="rights")
    _criteria(content.criteria, wrong)


def _part(field: str, part: OfferPart, *, least_days: int) -> None:
    wrong = OfferContentError
    if not part.title:
        raise wrong(_("Say what is delivered for it."), field=field)
    _length(field, part.title, LIMITS.part, wrong)
    if part.price.currency != settings.CURRENCY:
        raise wrong(_("Prices here are in %(currency)s.") % {"currency": settings.CURRENCY}, field=field)
    if not 0 < part.price.amount <= LIMITS.price:
        raise wrong(_("A price is more than nothing, and at most 1,000,000."), field=field)
    if not least_days <= part.days <= LIMITS.days:
        raise wrong(
            _("A time is %(least)d to %(most)d days.") % {"least": least_days, "most": LIMITS.days}, field=field
        )


def _criteria(criteria: Iterable[Criterion], wrong: Wrong) -> None:
    found = list(criteria)
    _count("criteria", found, LIMITS.criteria, wrong)
    for number, one in enumerate(found):
        _length(f"criteria.{number}", one.label, LIMITS.criterion, wrong)
        if problem := criterion_problem(one):
            raise wrong(problem, field=f"criteria.{number}")


def _length(field: str, text: str, most: int, wrong: Wrong) -> None:
    if len(text) > most:
        raise wrong(
            _("%(found)d characters are too many; %(most)d fit. Shorten it.") % {"found": len(text), "most": most},
            field=field,
        )


def _count(field: str, items: Any, most: int, wrong: Wrong) -> None:
    if len(items) > most:
        raise wrong(_("At most %(most)d fit here. Leave the least important out.") % {"most": most}, field=field)
