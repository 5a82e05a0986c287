"""Whether a gig's content will do. What is wrong is refused when it is saved; what is missing, when it is submitted.

Each check yields an error of its own that names the field and says what to do.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from oeuvre.domains.catalog import errors
from oeuvre.domains.catalog.criteria import criterion_problem
from oeuvre.domains.catalog.limits import LIMITS
from oeuvre.domains.catalog.states import (
    AiPolicy,
    AttributeType,
    PackageKey,
    QuestionKind,
    SampleLabel,
    SampleSource,
)
from oeuvre.kit.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator, Sized

    from oeuvre.domains.catalog.content import AttributeValue, Extra, GigContent, Package, Question, Sample
    from oeuvre.domains.catalog.errors import GigContentError
    from oeuvre.domains.catalog.rules import AttributeRule, LeafRules

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,4})?")


def wrong_in(content: GigContent, leaf: LeafRules | None) -> Iterator[GigContentError]:
    """Everything that is there and cannot stay; ``leaf`` are the rules of the content's category."""
    yield from _text("title", content.title, LIMITS.title)
    yield from _text("summary", content.summary, LIMITS.summary)
    yield from _text("description", content.description, LIMITS.description)
    if content.category and leaf is None:
        yield errors.CategoryInvalidError(
            _("There is no category “%(key)s” to put a gig in. Choose one of the tree's leaves.")
            % {"key": content.category},
            field="category",
        )
    yield from _attributes(content, leaf)
    yield from _languages(content)
    yield from _packages(content)
    yield from _extras(content)
    yield from _questions(content)
    yield from _criteria(content)
    yield from _faq(content)
    yield from _samples(content)


def missing_in(content: GigContent, leaf: LeafRules | None) -> Iterator[GigContentError]:
    """Everything without which a gig cannot be published."""
    wanted = {
        "title": (content.title, _("Give the gig a title: what you do, in a few words.")),
        "summary": (content.summary, _("Write one sentence that says what a buyer gets.")),
        "description": (content.description, _("Describe how you work and what is delivered.")),
        "category": (content.category, _("Choose the category that the gig belongs to.")),
        "languages": (content.languages, _("Name at least one language that you work in.")),
    }
    for field, (value, message) in wanted.items():
        if not value:
            yield errors.FieldMissingError(message, field=field)
    if not content.packages:
        yield errors.PackageMissingError(_("Add at least one package with a price."), field="packages")
    for key, rule in leaf.attributes.items() if leaf else ():
        if rule.required and key not in content.attributes:
            yield errors.AttributeMissingError(
                _("Answer “%(label)s”: this category needs it.") % {"label": rule.label}, field=f"attributes.{key}"
            )


def _text(field: str, value: str, limit: int, *, needed: str = "") -> Iterator[GigContentError]:
    """``needed`` is what to do where the text is empty and must not be."""
    if len(value) > limit:
        yield errors.TextTooLongError(
            _("%(count)d characters are too many here; at most %(limit)d fit. Shorten it.")
            % {"count": len(value), "limit": limit},
            field=field,
        )
    if needed and not value:
        yield errors.FieldMissingError(needed, field=field)


def _count(field: str, values: Sized, limit: int) -> Iterator[GigContentError]:
    if len(values) > limit:
        yield errors.TooManyItemsError(
            _("%(count)d are too many; at most %(limit)d fit. Leave some out.")
            % {"count": len(values), "limit": limit},
            field=field,
        )


def _attributes(content: GigContent, leaf: LeafRules | None) -> Iterator[GigContentError]:
    if leaf is None:
        if content.attributes and not content.category:
            yield errors.AttributeInvalidError(
                _("Choose the category first; it decides what is asked."), field="attributes"
            )
        return
    for key, value in content.attributes.items():
        field = f"attributes.{key}"
        rule = leaf.attributes.get(key)
        if rule is None:
            yield errors.AttributeInvalidError(
                _("“%(category)s” does not ask for “%(key)s”. Leave it out.")
                % {"category": leaf.category.name, "key": key},
                field=field,
            )
        else:
            yield from _answer(field, rule, value)


def _answer(field: str, rule: AttributeRule, value: AttributeValue) -> Iterator[GigContentError]:
    if rule.type is AttributeType.BOOLEAN:
        message = "" if isinstance(value, bool) else _("Answer “%(label)s” with yes or no.")
    elif rule.type is AttributeType.NUMBER:
        message = _number_wrong(rule, value)
    else:
        message = _choice_wrong(rule, value)
    if message:
        facts = {"label": rule.label, "low": rule.minimum, "high": rule.maximum, "most": LIMITS.choices}
        yield errors.AttributeInvalidError(message % facts, field=field)


def _number_wrong(rule: AttributeRule, value: AttributeValue) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _("Answer “%(label)s” with a number.")
    if rule.minimum is not None and value < rule.minimum:
        return _("“%(label)s” must be at least %(low)g.")
    if rule.maximum is not None and value > rule.maximum:
        return _("“%(label)s” must be at most %(high)g.")
    return ""


def _choice_wrong(rule: AttributeRule, value: AttributeValue) -> str:
    if rule.type is AttributeType.CHOICE:
        good = isinstance(value, str) and value in rule.options
        return "" if good else _("Choose one of the options for “%(label)s”.")
    if not isinstance(value, tuple) or any(option not in rule.options for option in value):
        return _("Choose among the options for “%(label)s”.")
    if len(set(value)) > LIMITS.choices:
        return _("Choose at most %(most)d options for “%(label)s”: what you do best.")
    return ""


def _languages(content: GigContent) -> Iterator[GigContentError]:
    yield from _count("languages", content.languages, LIMITS.languages)
    for language in content.languages:
        if not _LANGUAGE.fullmatch(language):
            yield errors.LanguageInvalidError(
                _("“%(given)s” is no language code; write it like “en” or “pt-BR”.") % {"given": language},
                field="languages",
            )


def _packages(content: GigContent) -> Iterator[GigContentError]:
    keys = [one.key for one in content.packages]
    if len(set(keys)) < len(keys):
        yield errors.PackageInvalidError(_("Each of basic, standard and premium can be there once."), field="packages")
        return
    for one in content.packages:
        yield from _package(one)
    if any(one.price.currency != settings.CURRENCY for one in content.packages):
        return  # said already, and prices in two currencies have no order
    for smaller, larger in itertools.pairwise(content.packages):
        if larger.price <= smaller.price:
            yield errors.PackageOrderError(
                _(
                    "“%(larger)s” costs %(price)s, no more than “%(smaller)s”. Each package must cost more than the last."
                )
                % {
                    "larger": PackageKey(larger.key).label,
                    "price": larger.price,
                    "smaller": PackageKey(smaller.key).label,
                },
                field=f"packages.{larger.key}.price",
            )


def _package(one: Package) -> Iterator[GigContentError]:
    field = f"packages.{one.key}"
    yield from _text(
        f"{field}.title", one.title, LIMITS.package_title, needed=_("Name the package after what is in it.")
    )
    yield from _text(f"{field}.description", one.description, LIMITS.package_description)
    yield from _price(f"{field}.price", one.price, Money(settings.GIG_MIN_PRICE, settings.CURRENCY))
    if not 1 <= one.days <= LIMITS.days:
        yield errors.DaysInvalidError(
            _("A delivery takes from 1 to %(most)d days, not %(given)d.") % {"most": LIMITS.days, "given": one.days},
            field=f"{field}.days",
        )
    if not 0 <= one.revisions <= LIMITS.revisions:
        yield errors.PackageInvalidError(
            _("From 0 to %(most)d revisions can be included.") % {"most": LIMITS.revisions}, field=f"{field}.revisions"
        )
    yield from _count(f"{field}.facts", one.facts, LIMITS.facts)
    for number, fact in enumerate(one.facts):
        yield from _text(f"{field}.facts.{number}", fact.label, LIMITS.fact_label)
        if not 0 <= fact.quantity <= LIMITS.quantity:
            yield errors.PackageInvalidError(
                _("“%(label)s”: give a whole number of at most %(most)d.")
                % {"label": fact.label, "most": LIMITS.quantity},
                field=f"{field}.facts.{number}",
            )


def _price(field: str, price: Money, least: Money) -> Iterator[GigContentError]:
    if price.currency != settings.CURRENCY:
        yield errors.PriceInvalidError(
            _("Prices here are in %(currency)s.") % {"currency": settings.CURRENCY}, field=field
        )
    elif price < least:
        yield errors.PriceTooLowError(
            _("%(price)s is too low; %(least)s is the least here.") % {"price": price, "least": least}, field=field
        )
    elif price.amount > LIMITS.price:
        yield errors.PriceInvalidError(
            _("%(price)s is more than can be sold here at once. Offer it in parts.") % {"price": price}, field=field
        )


def _extras(content: GigContent) -> Iterator[GigContentError]:
    yield from _count("extras", content.extras, LIMITS.extras)
    for number, one in enumerate(content.extras):
        yield from _extra(f"extras.{number}", one)


def _extra(field: str, one: Extra) -> Iterator[GigContentError]:
    yield from _text(f"{field}.title", one.title, LIMITS.extra_title, needed=_("Say what the extra is."))
    yield from _text(f"{field}.description", one.description, LIMITS.extra_description)
    yield from _price(f"{field}.price", one.price, Money(1, settings.CURRENCY))
    if not 0 <= one.days <= LIMITS.extra_days:
        yield errors.DaysInvalidError(
            _("An extra adds from 0 to %(most)d days.") % {"most": LIMITS.extra_days}, field=f"{field}.days"
        )


def _questions(content: GigContent) -> Iterator[GigContentError]:
    yield from _count("requirements", content.requirements, LIMITS.questions)
    keys = [one.key for one in content.requirements]
    if len(set(keys)) < len(keys):
        yield errors.QuestionInvalidError(_("Two questions have the same key; leave one out."), field="requirements")
    for number, one in enumerate(content.requirements):
        field = f"requirements.{number}"
        yield from _text(f"{field}.label", one.label, LIMITS.question_label, needed=_("Write the question."))
        yield from _text(f"{field}.help", one.help, LIMITS.question_help)
        yield from _question(field, one)


def _question(field: str, one: Question) -> Iterator[GigContentError]:
    is_choice, is_number = one.kind is QuestionKind.CHOICE, one.kind is QuestionKind.NUMBER
    if is_choice and not 2 <= len(one.options) <= LIMITS.question_options:
        yield errors.QuestionInvalidError(
            _("A choice needs from 2 to %(most)d different options.") % {"most": LIMITS.question_options},
            field=f"{field}.options",
        )
    for option in one.options:
        yield from _text(f"{field}.options", option, LIMITS.question_option)
    if one.options and not is_choice:
        yield errors.QuestionInvalidError(_("Only a choice has options."), field=f"{field}.options")
    if not is_number and (one.minimum is not None or one.maximum is not None):
        yield errors.QuestionInvalidError(_("Only a number has bounds."), field=f"{field}.minimum")
    if one.minimum is not None and one.maximum is not None and one.minimum > one.maximum:
        yield errors.QuestionInvalidError(
            _("The least number is above the greatest. Exchange them."), field=f"{field}.minimum"
        )


def _criteria(content: GigContent) -> Iterator[GigContentError]:
    yield from _count("criteria", content.criteria, LIMITS.criteria)
    for number, one in enumerate(content.criteria):
        field = f"criteria.{number}"
        yield from _text(f"{field}.label", one.label, LIMITS.criterion_label)
        if problem := criterion_problem(one):
            yield errors.CriterionInvalidError(problem, field=field)


def _faq(content: GigContent) -> Iterator[GigContentError]:
    yield from _count("faq", content.faq, LIMITS.faq)
    for number, one in enumerate(content.faq):
        yield from _text(
            f"faq.{number}.question",
            one.question,
            LIMITS.faq_question,
            needed=_("Write the question, or leave it out."),
        )
        yield from _text(
            f"faq.{number}.answer", one.answer, LIMITS.faq_answer, needed=_("Write the answer, or leave it out.")
        )


def _samples(content: GigContent) -> Iterator[GigContentError]:
    yield from _count("samples", content.samples, LIMITS.samples)
    named = [(one.source, one.ref_id or one.excerpt) for one in content.samples]
    if len(set(named)) < len(named):
        yield errors.SampleInvalidError(_("The same sample is there twice; leave one out."), field="samples")
    for number, one in enumerate(content.samples):
        yield from _sample(f"samples.{number}", one, content.ai_policy)


def _sample(field: str, one: Sample, policy: AiPolicy) -> Iterator[GigContentError]:
    yield from _text(f"{field}.title", one.title, LIMITS.sample_title)
    yield from _text(f"{field}.caption", one.caption, LIMITS.sample_caption)
    needed = _("Write or paste the text to show.") if one.source is SampleSource.TEXT else ""
    yield from _text(f"{field}.excerpt", one.excerpt, LIMITS.sample_excerpt, needed=needed)
    if (one.ref_id is None) is not (one.source is SampleSource.TEXT):
        yield errors.SampleInvalidError(_("Choose what the sample shows, or take it out."), field=field)
    if one.source is SampleSource.GENERATION and one.label is not SampleLabel.GENERATED:
        yield errors.SampleInvalidError(_("A generation is made with a model. Label it so."), field=f"{field}.label")
    if one.label is SampleLabel.GENERATED and policy is AiPolicy.NONE:
        yield errors.SampleInvalidError(
            _("The gig promises no AI, and this sample is made with a model. Change one of the two."),
            field=f"{field}.label",
        )
