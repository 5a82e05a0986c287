"""The forms of conversations. They say what is typed wrong; what is allowed, the services say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.conversations.limits import BODY_CHARACTERS, NOTE_CHARACTERS, TEMPLATE_TITLE, attachment_limits
from oeuvre.domains.conversations.services import Upload
from oeuvre.domains.conversations.states import Digest, ReportReason
from oeuvre.interfaces.site.uploads import ManyFilesField, ManyFilesInput
from oeuvre.kit.files.checking import ACCEPTED
from oeuvre.kit.files.naming import in_words

if TYPE_CHECKING:
    from collections.abc import Sequence


def _files_help() -> str:
    limits = attachment_limits()
    return _("Up to %(files)d, each up to %(file)s, together up to %(all)s. No programs, no web pages.") % {
        "files": limits.files,
        "file": in_words(limits.file),
        "all": in_words(limits.message),
    }


class WordsField(forms.CharField):
    """Wanted, but files can go without words: the service says when there is nothing at all."""

    def validate(self, value: Any) -> None:
        """Leaves it to the service."""


class MessageForm(forms.Form):
    """``message_id`` is drawn when the form is shown, so that sending it twice sends it once."""

    use_required_attribute = False

    body = WordsField(
        label=gettext_lazy("Message"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "input--prose", "maxlength": BODY_CHARACTERS}),
    )
    attachments = ManyFilesField(
        label=gettext_lazy("Add files"),
        required=False,
        allow_empty_file=True,
        widget=ManyFilesInput(attrs={"accept": ACCEPTED}),
    )
    message_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if attachment_limits().files:
            self.fields["attachments"].help_text = _files_help()
        else:
            del self.fields["attachments"]

    @property
    def message(self) -> dict[str, Any]:
        """What the services take. Of a file that is too large only as much is read as shows that it is."""
        most = attachment_limits().file
        given = self.cleaned_data
        files = [Upload(file.name or "", file.read(most + 1)) for file in given.get("attachments", ())]
        return {"body": given["body"], "message_id": given["message_id"], "files": files}


class PreferencesForm(forms.Form):
    digest = forms.ChoiceField(
        label=gettext_lazy("Mails about new messages"), choices=Digest.choices, widget=forms.RadioSelect
    )
    receipts = forms.BooleanField(
        label=gettext_lazy("Show when I have read a message"),
        help_text=gettext_lazy("Only people who show it too see it, and only then do you see when they read yours."),
        required=False,
    )


class TemplateForm(forms.Form):
    title = forms.CharField(
        label=gettext_lazy("Title"), max_length=TEMPLATE_TITLE, help_text=gettext_lazy("Only you see it.")
    )
    body = forms.CharField(
        label=gettext_lazy("Words"),
        strip=False,
        help_text=gettext_lazy("{name} becomes the other person's name, {piece} what the conversation is about."),
        widget=forms.Textarea(attrs={"rows": 8, "class": "input--prose", "maxlength": BODY_CHARACTERS}),
    )


class ReportForm(forms.Form):
    """``choices`` are the messages that can be shown, as ``(id, label)``."""

    messages = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Messages that the operator sees"),
        help_text=gettext_lazy("With their files. Nothing else of the conversation is shown."),
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("What is wrong"), choices=ReportReason.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=gettext_lazy("What the operator should know"),
        required=False,
        max_length=NOTE_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["messages"]
        field.choices = choices


class SearchForm(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Words"),
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
