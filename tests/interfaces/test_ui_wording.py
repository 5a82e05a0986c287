"""A field that was left empty says what to do, in every form."""

from __future__ import annotations

import pytest
from django import forms


class Asked(forms.Form):
    name = forms.CharField()
    day = forms.DateField()
    one = forms.ChoiceField(choices=[("a", "A")])
    typed = forms.TypedChoiceField(choices=[("a", "A")])
    many = forms.MultipleChoiceField(choices=[("a", "A")])
    agreed = forms.BooleanField()
    picture = forms.ImageField()
    own = forms.CharField(error_messages={"required": "Say who sings."})


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("name", "Fill this in."),
        ("day", "Fill this in."),
        ("one", "Choose one."),
        ("typed", "Choose one."),
        ("many", "Choose at least one."),
        ("agreed", "Tick this to go on."),
        ("picture", "Choose a file."),
        ("own", "Say who sings."),
    ],
)
def test_form__says_what_to_do_about_an_empty_field(field: str, words: str) -> None:
    assert Asked({}).errors[field] == [words]
