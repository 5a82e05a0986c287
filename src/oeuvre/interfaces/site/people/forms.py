"""Forms of sign-up and settings. They check shapes; the services decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from oeuvre.domains.accounts import services as accounts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

LANGUAGES = [
    ("en", _("English")),
    ("pt", _("Portuguese")),
    ("es", _("Spanish")),
    ("fr", _("French")),
    ("de", _("German")),
    ("it", _("Italian")),
    ("nl", _("Dutch")),
]


class SignupForm(forms.Form):
    """Added to allauth's sign-up form by ACCOUNT_SIGNUP_FORM_CLASS."""

    purpose = forms.ChoiceField(
        label=_("What brings you here?"),
        help_text=_("You can add the other one later."),
        choices=[("buy", _("I buy work")), ("sell", _("I sell my work"))],
        widget=forms.RadioSelect,
        initial="buy",
    )
    display_name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("What other people see: your own name, or the one you work under."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def signup(self, request: HttpRequest, user: Any) -> None:
        """Called by allauth when the account has been made."""
        accounts.account_open(
            actor=user.actor,
            freelancer=self.cleaned_data["purpose"] == "sell",
            display_name=self.cleaned_data["display_name"],
            locale=get_language() or settings.LANGUAGE_CODE,
        )


class AccountForm(forms.Form):
    display_name = forms.CharField(label=_("Name"), max_length=80, help_text=_("What other people see."))
    locale = forms.ChoiceField(
        label=_("Language of pages and mails"), choices=settings.LANGUAGES, widget=forms.RadioSelect
    )


class ProfileForm(forms.Form):
    handle = forms.SlugField(
        label=_("Handle"),
        max_length=40,
        help_text=_("The end of your public address. Your mark is drawn from it, so a new handle brings a new mark."),
    )
    headline = forms.CharField(
        label=_("Headline"), max_length=80, required=False, help_text=_("One line: what you make, and for whom.")
    )
    trade = forms.CharField(
        label=_("Trade"), max_length=40, required=False, help_text=_("For instance copywriter, lyricist, translator.")
    )
    location = forms.CharField(label=_("Place"), max_length=80, required=False)
    languages = forms.MultipleChoiceField(
        label=_("Languages you work in"), choices=LANGUAGES, required=False, widget=forms.CheckboxSelectMultiple
    )
    bio = forms.CharField(
        label=_("About you"), max_length=2000, required=False, widget=forms.Textarea(attrs={"class": "input--prose"})
    )

    def keep_languages(self, spoken: Iterable[tuple[str, str]]) -> None:
        """Offer the languages that the profile has, with their names, beside those that everybody is offered."""
        offered = dict(LANGUAGES)
        others = [(code, name) for code, name in spoken if code not in offered]
        self.fields["languages"].choices = [*LANGUAGES, *others]  # type: ignore[attr-defined]  # it is a choice


class DeleteForm(forms.Form):
    password = forms.CharField(
        label=_("Your password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    sure = forms.BooleanField(label=_("I understand that this cannot be undone"))
