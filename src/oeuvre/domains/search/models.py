"""The index: what can be found, what it means, which words there are; and the searches that people keep."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from pgvector.django import HalfVectorField, HnswIndex

from oeuvre.domains.search.ports import DIMENSIONS
from oeuvre.domains.search.states import Kind, Notify
from oeuvre.kit.models import BaseModel

COVERED = (
    "kind",
    "category_group",
    "category",
    "languages",
    "ai_policy",
    "level",
    "instant",
    "price_minor",
    "currency",
    "days",
    "live_since",
    "owner_completed",
    "owner_weeks",
)
"""Columns of a document that counts, and filters without words, read."""


def _key(length: int = 60) -> models.CharField[str, str]:
    return models.CharField(max_length=length, blank=True)


class Filtered(models.Model):
    """What filters ask for. Kept with the words and with the vectors, so that both are searched without looking elsewhere."""

    kind = models.CharField(max_length=12, choices=Kind)
    category = _key()
    category_group = _key()
    tags = ArrayField(models.CharField(max_length=160), default=list)
    """``<filter>=<value>`` for every filter with several values: ``a.<attribute>``, ``skill``, ``language``, ``ai``, ``level``,
    ``instant``; all of them in one index, which meets several at once."""
    numbers = models.JSONField(default=dict)
    """Attributes that are numbers, by key."""
    price_minor = models.BigIntegerField(null=True)
    """The lowest price, in minor units of ``currency``."""
    currency = models.CharField(max_length=3, blank=True)
    days = models.PositiveIntegerField(null=True)
    """The shortest delivery."""
    live_since = models.DateTimeField()

    class Meta:
        abstract = True


FILTERS = tuple(field.attname for field in Filtered._meta.local_fields)
"""The columns of ``Filtered``."""


class SearchDocument(Filtered):
    """A copy of what is public of a gig, a model or a freelancer, in the form that finds it fastest.

    Whoever owns the original pushes it here; the row can be made anew from there at any time. Only what can be ordered now is
    in the index.
    """

    id = models.BigAutoField(primary_key=True)
    ref_id = models.UUIDField()
    owner_id = models.UUIDField()
    """The freelancer. No foreign key: the index refers to originals, and holds none itself."""
    title = models.CharField(max_length=160)
    summary = models.CharField(max_length=400, blank=True)
    url_key = models.CharField(max_length=200)
    """What the page's address is made from."""
    config = models.CharField(max_length=20)
    """PostgreSQL's text search configuration that the words were stemmed with."""
    languages = ArrayField(models.CharField(max_length=8), default=list)
    ai_policy = _key(12)
    level = _key(20)
    instant = models.BooleanField(default=False)
    rating_sum = models.PositiveIntegerField(default=0)
    rating_count = models.PositiveIntegerField(default=0)
    completed = models.PositiveIntegerField(default=0)
    on_time = models.PositiveIntegerField(default=0)
    due = models.PositiveIntegerField(default=0)
    """This count and the four above are copies from ``SearchStanding``."""
    fresh_weeks = models.PositiveSmallIntegerField(default=0)
    """Whole weeks since ``live_since``, as counted last; see ``standing.signals_refresh``."""
    owner_completed = models.PositiveIntegerField(default=0)
    owner_weeks = models.PositiveSmallIntegerField(default=0)
    rating = models.FloatField()
    """``ranking.rating`` of the counts above."""
    prior = models.FloatField()
    """``ranking.prior`` of the counts above."""
    tsv = SearchVectorField()
    """Title (A), aliases (B), summary (C) and body (D), stemmed, and words without their accents."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "ref_id"], name="one_search_document_each"),
        ]
        indexes: ClassVar = [
            # Without the list of pending entries: every search would have to read it from end to end.
            GinIndex(fields=["tsv"], fastupdate=False, name="search_document_words"),
            GinIndex(fields=["tags"], fastupdate=False, name="search_document_tags"),
            models.Index(fields=["category", "-prior", "id"], name="search_document_leaf"),
            models.Index(fields=["category_group", "-prior", "id"], name="search_document_group"),
            # With all that filters ask for: most need not look at the rows, which are long.
            models.Index(fields=["-prior", "id"], include=COVERED, name="search_document_best"),
            models.Index(fields=["price_minor"], name="search_document_price"),
            models.Index(fields=["days"], name="search_document_days"),
            models.Index(fields=["config"], name="search_document_config"),
            models.Index(fields=["owner_id"], name="search_document_owner"),
            models.Index(fields=["live_since"], name="search_document_live"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref_id}"


class SearchWording(models.Model):
    """What a worker reads of a document after a push, and whether it has."""

    document = models.OneToOneField(SearchDocument, on_delete=models.CASCADE, primary_key=True, related_name="wording")
    text = models.TextField()
    """What is embedded: the beginning of the document's words."""
    is_embedded = models.BooleanField(default=False)
    are_words_known = models.BooleanField(default=False)
    """Whether ``SearchTerm`` holds them."""

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["document"],
                condition=models.Q(is_embedded=False) | models.Q(are_words_known=False),
                name="search_wording_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"words of {self.document_id}"


class SearchEmbedding(Filtered):
    """What a document means, beside it and not in it: it is counted and ordered without a vector having to move."""

    document = models.OneToOneField(
        SearchDocument, on_delete=models.CASCADE, primary_key=True, related_name="embedding"
    )
    vector = HalfVectorField(dimensions=DIMENSIONS)
    """Of length 1."""

    class Meta:
        indexes: ClassVar = [
            HnswIndex(
                name="search_embedding_near",
                fields=["vector"],
                m=16,
                ef_construction=64,
                opclasses=["halfvec_ip_ops"],
            ),
            GinIndex(fields=["tags"], fastupdate=False, name="search_embedding_tags"),
            models.Index(fields=["category"], name="search_embedding_leaf"),
            models.Index(fields=["category_group"], name="search_embedding_group"),
            models.Index(fields=["price_minor"], name="search_embedding_price"),
            models.Index(fields=["days"], name="search_embedding_days"),
        ]

    def __str__(self) -> str:
        return f"meaning of {self.document_id}"


class SearchTerm(models.Model):
    """A word that occurs in the index: what a typing mistake is put right to, and how common it is."""

    id = models.BigAutoField(primary_key=True)
    config = models.CharField(max_length=20)
    term = models.CharField(max_length=40)
    """In lower case, with its accents."""
    lexeme = models.CharField(max_length=40)
    """What PostgreSQL's configuration makes of it."""
    documents = models.PositiveIntegerField(default=1)
    """How many documents hold the lexeme, as counted last."""

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["config", "term"], name="search_term_once")]
        indexes: ClassVar = [models.Index(fields=["config", "lexeme"], name="search_term_lexeme")]

    def __str__(self) -> str:
        return self.term


class SearchStanding(models.Model):
    """What is counted about a gig, a model or a freelancer; kept while the thing itself is paused, too."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=12)
    """One of ``Kind``, or ``owner`` for all that one freelancer offers together."""
    ref_id = models.UUIDField()
    rating_sum = models.PositiveIntegerField(default=0)
    """Stars of all reviews added up."""
    rating_count = models.PositiveIntegerField(default=0)
    completed = models.PositiveIntegerField(default=0)
    on_time = models.PositiveIntegerField(default=0)
    due = models.PositiveIntegerField(default=0)
    """Orders that had a date."""
    level = _key(20)
    """Of an ``owner`` only."""
    since = models.DateTimeField(null=True)
    """Of an ``owner`` only: when their first document went live."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "ref_id"], name="one_search_standing_each"),
            models.CheckConstraint(condition=models.Q(on_time__lte=models.F("due")), name="search_on_time_within_due"),
        ]

    def __str__(self) -> str:
        return f"standing of {self.kind} {self.ref_id}"


class SavedSearch(BaseModel):
    """A search that somebody keeps. Its name and parameters are sealed with the person's own key."""

    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    sealed = models.BinaryField()
    """JSON: ``name``, ``params``."""
    notify = models.CharField(max_length=8, choices=Notify, default=Notify.NEVER)
    checked_at = models.DateTimeField()
    """What went live after this moment is new."""

    class Meta(BaseModel.Meta):
        indexes: ClassVar = [
            models.Index(fields=["owner", "created_at"]),
            models.Index(fields=["checked_at"], condition=models.Q(notify="daily"), name="search_saved_daily"),
        ]

    def __str__(self) -> str:
        return f"saved search {self.pk}"
