"""The tree of categories, what its leaves ask for and can do, and the skills there are."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from oeuvre.domains.catalog import states
from oeuvre.kit.models import BaseModel

CURRENCY_LENGTH = 3
KEY_LENGTH = 60

CONTENT, POSITION, HIDDEN, ATTRIBUTES = "content", "position", "hidden", "attributes"
"""What of an entry an operator can have set by hand; the files then no longer change it."""


class CatalogueEntry(BaseModel):
    """A row that comes from the catalogue's files or from an operator, and can be hidden but never disappears."""

    position = models.PositiveIntegerField(default=0)
    hidden = models.BooleanField(default=False)
    edited = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    """Of CONTENT, POSITION, HIDDEN and ATTRIBUTES, what an operator set by hand."""
    source = models.CharField(max_length=120, blank=True)
    """The file that it comes from; empty when an operator added it."""

    class Meta:
        abstract = True
        ordering: ClassVar = ["position", "created_at"]


class Category(CatalogueEntry):
    """A node of the tree: a group, or a leaf that gigs are in. A key never changes, because addresses hold it."""

    key = models.SlugField(max_length=KEY_LENGTH, unique=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="leaves")
    kind = models.CharField(max_length=8, choices=states.CategoryKind)
    """The group's; a leaf has its group's."""
    name = models.CharField(max_length=60)
    summary = models.CharField(max_length=140)
    aliases = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    """What people who do not know the word would look for, lower case."""

    class Meta(CatalogueEntry.Meta):
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    @property
    def is_leaf(self) -> bool:
        return self.parent_id is not None


class Attribute(CatalogueEntry):
    """Something that gigs answer and buyers filter by."""

    key = models.CharField(max_length=40, unique=True)
    label = models.CharField(max_length=60)
    type = models.CharField(max_length=8, choices=states.AttributeType)
    unit = models.CharField(max_length=20, blank=True)
    minimum = models.FloatField(null=True, blank=True)
    maximum = models.FloatField(null=True, blank=True)

    def __str__(self) -> str:
        return self.label


class AttributeOption(CatalogueEntry):
    """One option of a choice. Gigs store its key, so that it can be renamed."""

    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="options")
    key = models.SlugField(max_length=KEY_LENGTH)
    label = models.CharField(max_length=60)

    class Meta(CatalogueEntry.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["attribute", "key"], name="option_key_unique_per_attribute")
        ]

    def __str__(self) -> str:
        return self.label


class CategoryAttribute(models.Model):
    """A leaf asks for an attribute."""

    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="asked")
    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="asked_by")
    position = models.PositiveIntegerField(default=0)
    required = models.BooleanField(default=False)
    """Without an answer a gig is not published."""

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["category", "attribute"], name="attribute_once_per_category")
        ]

    def __str__(self) -> str:
        return f"{self.category_id}:{self.attribute_id}"


class UseCase(CatalogueEntry):
    """What a leaf can do for a business, with the question that leads to it."""

    key = models.SlugField(max_length=KEY_LENGTH, unique=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="use_cases")
    title = models.CharField(max_length=60)
    question = models.CharField(max_length=160)
    example = models.TextField(max_length=900)
    ask = ArrayField(models.CharField(max_length=240), default=list)
    """What to ask the freelancer."""
    price_low = models.PositiveBigIntegerField()
    price_high = models.PositiveBigIntegerField()
    """Minor units of ``currency``: a range that is typical of the trade, not of this installation."""
    currency = models.CharField(max_length=CURRENCY_LENGTH, default="USD")
    days_low = models.PositiveSmallIntegerField()
    days_high = models.PositiveSmallIntegerField()
    way = models.CharField(max_length=12, choices=states.Way)

    class Meta(CatalogueEntry.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(price_low__lte=F("price_high"), days_low__lte=F("days_high")),
                name="use_case_ranges_ascend",
            )
        ]

    def __str__(self) -> str:
        return self.title


class SkillArea(CatalogueEntry):
    """A field that skills belong to."""

    key = models.SlugField(max_length=KEY_LENGTH, unique=True)
    name = models.CharField(max_length=60)
    summary = models.CharField(max_length=140, blank=True)

    def __str__(self) -> str:
        return self.name


class Skill(CatalogueEntry):
    """What one person can do, in the words of the trade."""

    key = models.SlugField(max_length=KEY_LENGTH, unique=True)
    area = models.ForeignKey(SkillArea, on_delete=models.PROTECT, related_name="skills")
    kind = models.CharField(max_length=8, choices=states.CategoryKind)
    name = models.CharField(max_length=60)
    summary = models.CharField(max_length=140, blank=True)
    aliases = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    categories = ArrayField(models.CharField(max_length=KEY_LENGTH), default=list, blank=True)
    """Keys of the leaves in which it is used."""
    evidence = ArrayField(models.CharField(max_length=12, choices=states.EvidenceKind), default=list)
    """The kinds of evidence that can show it."""

    def __str__(self) -> str:
        return self.name


class CatalogueLoad(BaseModel):
    """One reading of the files that changed something, with what it left alone because an operator had set it."""

    sha256 = models.CharField(max_length=64)
    """Of the files' names and bytes."""
    report = models.JSONField(default=dict)
    """``{created, updated, shown, hidden, kept}``: each a list of entries as ``category chatbots``."""

    def __str__(self) -> str:
        return f"catalogue {self.sha256[:12]}"
