"""Samples: pictures, texts, one's own works and pieces of one's own model, each labelled with how it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oeuvre.domains.catalog import services as catalog
from oeuvre.domains.catalog.content import Sample
from oeuvre.domains.catalog.limits import LIMITS
from oeuvre.domains.catalog.states import AiPolicy, SampleLabel, SampleSource
from oeuvre.domains.creation import references
from oeuvre.domains.creation.models import Generation
from oeuvre.domains.creation.papers import title_of
from oeuvre.domains.creation.states import GenerationState
from oeuvre.domains.portfolio import selectors as portfolio
from oeuvre.domains.portfolio.states import WorkState
from oeuvre.interfaces.site.studio_gigs.editing import RowsEditor
from oeuvre.kit.errors import DomainError

if TYPE_CHECKING:
    from uuid import UUID

    from oeuvre.interfaces.site.studio_gigs.editing import Files
    from oeuvre.kit.actor import Actor

NEWEST = 60
"""Works and pieces to choose from: the newest."""


class SampleRow(forms.Form):
    """One sample. What it shows came with the button that added it and is not chosen again."""

    source = forms.ChoiceField(choices=SampleSource.choices, widget=forms.HiddenInput)
    ref_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    label = forms.ChoiceField(
        label=gettext_lazy("How it was made"), choices=SampleLabel.choices, widget=forms.RadioSelect
    )
    title = forms.CharField(label=gettext_lazy("Title"), max_length=LIMITS.sample_title, required=False)
    caption = forms.CharField(label=gettext_lazy("Caption"), max_length=LIMITS.sample_caption, required=False)
    excerpt = forms.CharField(
        label=gettext_lazy("Passage for everybody to read"),
        max_length=LIMITS.sample_excerpt,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    @classmethod
    def initial_of(cls, entry: Sample) -> dict[str, Any]:
        return {name: getattr(entry, name) for name in cls.base_fields}

    def entry(self) -> Sample:
        given = dict(self.cleaned_data)
        return Sample(SampleSource(given.pop("source")), label=SampleLabel(given.pop("label")), **given)


class SamplesEditor(RowsEditor):
    name, row = "samples", SampleRow
    template = "studio_gigs/sections/samples.html"
    problem = ""
    """Why nothing was added, or not all."""

    def act(self, do: str, files: Files) -> None:
        _name, _colon, rest = do.partition(":")
        verb, _colon, source = rest.partition(":")
        if verb != "add":
            super().act(do, files)
            return
        typed = self.rows.typed
        new = self._new(source, files)
        self.is_unsaved = bool(new)
        self.fill([*typed, *new])
        if new:
            self.rows.forms[-1].fields["title"].widget.attrs["autofocus"] = True

    def _new(self, source: str, files: Files) -> list[dict[str, Any]]:
        """Rows for what was chosen; fewer, with a reason in ``problem``, where not all was."""
        human = {"label": SampleLabel.HUMAN}
        if source == SampleSource.TEXT:
            return [{"source": source, **human}]
        if source == SampleSource.IMAGE:
            return [{"source": source, "ref_id": image_id, **human} for image_id in self._uploaded(files)]
        wanted, known = self._chosen(source)
        if wanted not in known:
            self.problem = _("Choose what to show first, then add it.")
            return []
        label = SampleLabel.GENERATED if source == SampleSource.GENERATION else SampleLabel.HUMAN
        return [{"source": source, "ref_id": wanted, "label": label, "title": known[wanted][: LIMITS.sample_title]}]

    def _uploaded(self, files: Files) -> list[UUID]:
        """Pictures that were taken, by id; those before one that is refused stay."""
        given = [file for file in files.getlist("pictures") if file]
        room = max(0, LIMITS.samples - len(self.rows.forms))
        if not given:
            self.problem = _("Choose a picture first, then add it.")
        elif len(given) > room:
            self.problem = _("A gig shows at most %(most)d samples; there is room for %(room)d more.") % {
                "most": LIMITS.samples,
                "room": room,
            }
            given = []
        taken: list[UUID] = []
        for file in given:
            try:
                data = file.read(LIMITS.image_bytes + 1)
                taken.append(catalog.gig_image_add(actor=self.actor, filename=file.name or "", data=data).pk)
            except DomainError as error:
                self.problem = error.message
                break
        return taken

    def _chosen(self, source: str) -> tuple[str, dict[str, str]]:
        known = self.works() if source == SampleSource.WORK else self.pieces()
        return self.sent.get(source, ""), known

    def build(self, data: Any) -> None:
        self.sent: dict[str, str] = {} if data is None else data.dict()
        super().build(data)

    def works(self) -> dict[str, str]:
        """Id → title of the works that can be shown, newest first."""
        rows = portfolio.works_of(actor=self.actor, owner_id=self.actor.person_id, status=WorkState.ACCEPTED)
        return {str(work.pk): work.title for work in rows[:NEWEST]}

    def pieces(self) -> dict[str, str]:
        """Id → first words of the prompt, of pieces that the freelancer's own models wrote for the freelancer."""
        return pieces_of(self.actor)

    def extra_context(self) -> dict[str, Any]:
        works, pieces = self.works(), self.pieces()
        taken = {str(form["ref_id"].value()) for form in self.rows.forms}
        return {
            "cards": [(form, self._shown(form, works, pieces)) for form in self.rows.forms],
            "works": [(key, title) for key, title in works.items() if key not in taken],
            "pieces": [(key, title) for key, title in pieces.items() if key not in taken],
            "problem": self.problem,
            "promises_none": self.draft.content.ai_policy == AiPolicy.NONE,
        }

    def _shown(self, form: forms.Form, works: dict[str, str], pieces: dict[str, str]) -> dict[str, str]:
        """What a sample is, for its card: ``image`` (an address) or ``name``."""
        source, ref_id = str(form["source"].value() or ""), str(form["ref_id"].value() or "")
        if source == SampleSource.IMAGE:
            return {"source": source, "image": reverse("gigs:image_small", args=[ref_id]) if _is_id(form) else ""}
        named = works.get(ref_id) or pieces.get(ref_id, "")
        return {"source": source, "name": named}


def _is_id(form: forms.Form) -> bool:
    """Whether what was sent as an id is one: somebody may have sent anything."""
    try:
        forms.UUIDField().clean(form["ref_id"].value())
    except forms.ValidationError:
        return False
    return True


def pieces_of(actor: Actor) -> dict[str, str]:
    """Id → title of the actor's finished pieces that can be named in public, newest first."""
    rows = Generation.objects.filter(
        buyer_id=actor.person_id, model__owner_id=actor.person_id, status=GenerationState.READY
    ).order_by("-created_at")[:NEWEST]
    titles: dict[UUID, str] = {row.pk: title_of(row) for row in rows}
    confirmed = references.generations(actor.person_id, list(titles)) if titles else {}
    return {str(pk): title for pk, title in titles.items() if pk in confirmed}
