"""People, their profiles and the keys that protect what they bring."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from oeuvre.domains.accounts.states import ExportState
from oeuvre.kit.actor import Actor, Role
from oeuvre.kit.models import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterable


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. May be freelancer and buyer at once; an operator is staff."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    display_name = models.CharField(max_length=80, blank=True)
    is_freelancer = models.BooleanField(default=False)
    is_buyer = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    locale = models.CharField(max_length=8, default="en")
    date_joined = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    """Set when the person deleted the account: the row stays, without personal data, for the ledger's sake."""

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="user_email_ci_unique")]

    def __str__(self) -> str:
        return self.public_name

    @property
    def public_name(self) -> str:
        """The name that others see; never an e-mail address."""
        if self.deleted_at is not None:
            return _("Deleted account")
        return self.display_name or _("Somebody")

    def get_full_name(self) -> str:
        return self.display_name

    @property
    def roles(self) -> frozenset[Role]:
        held: Iterable[tuple[bool, Role]] = (
            (self.is_freelancer, Role.FREELANCER),
            (self.is_buyer, Role.BUYER),
            (self.is_staff, Role.OPERATOR),
        )
        return frozenset(role for holds, role in held if holds and self.is_active)

    @property
    def actor(self) -> Actor:
        """This person as the actor of a service call."""
        return Actor(self.pk, self.roles)


class FreelancerProfile(BaseModel):
    """What a freelancer shows to everybody."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="profile")
    handle = models.SlugField(max_length=40, unique=True)
    headline = models.CharField(max_length=80, blank=True)
    bio = models.TextField(max_length=2000, blank=True)
    trade = models.CharField(max_length=40, blank=True)
    location = models.CharField(max_length=80, blank=True)
    languages = ArrayField(models.CharField(max_length=8), default=list, blank=True)

    def __str__(self) -> str:
        return self.handle


class DataKey(BaseModel):
    """A 256-bit key, wrapped by the key provider, that encrypts all that belongs to one owner.

    Destroying the row's ``wrapped`` makes everything encrypted with it unreadable for ever (crypto-shredding).
    """

    owner_type = models.CharField(max_length=40)
    """``account`` for a freelancer's works, ``model`` for a creation model's versions and generations."""
    owner_id = models.UUIDField()
    wrapped = models.BinaryField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner_type", "owner_id"], name="one_data_key_per_owner"),
            models.CheckConstraint(
                condition=models.Q(wrapped__isnull=False, destroyed_at__isnull=True)
                | models.Q(wrapped__isnull=True, destroyed_at__isnull=False),
                name="data_key_is_held_or_destroyed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner_type}:{self.owner_id}"


class AccountExport(BaseModel):
    """A copy of everything that belongs to one person, made on their wish and kept for a few days."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="exports")
    status = models.CharField(max_length=12, choices=ExportState, default=ExportState.REQUESTED)
    blob = models.CharField(max_length=200, blank=True)
    """Key in the blob store of the ZIP file, sealed with the account's data key."""
    size = models.PositiveBigIntegerField(default=0)
    """Bytes of the ZIP file."""

    class Meta(BaseModel.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(status="requested"), name="one_export_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"


class OutgoingMail(BaseModel):
    """A mail that waits for the worker. Once sent, nothing of it is kept but the fact."""

    message = models.JSONField(default=dict)
    """What ``mail.MailMessage`` holds; emptied when sent, since mails carry links that open accounts."""
    sent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"mail {self.pk}"
