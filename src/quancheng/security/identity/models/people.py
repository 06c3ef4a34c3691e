"""People, and the accounts they sign in with."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Person(models.Model):
    """A natural person. The identity number (GB 11643) is empty for those who have not shown one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=60)
    identity_number = models.CharField(_("identity number"), max_length=18, blank=True)
    mobile = models.CharField(_("mobile number"), max_length=20, blank=True)
    # How messages without the number speak of the person (pmi.reference); empty without a number.
    reference = models.CharField(_("reference"), max_length=80, blank=True, editable=False, db_index=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("name", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["identity_number"], condition=~Q(identity_number=""), name="identity_one_person_a_number"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AccountManager(BaseUserManager["Account"]):
    """Brings the person along, because every request asks for it."""

    def get_queryset(self) -> models.QuerySet[Account]:
        return super().get_queryset().select_related("person")

    def create_superuser(self, username: str, password: str | None = None, **fields: object) -> Account:
        """Create the first administrator, before anybody exists who could be asked for permission."""
        account = self.model(username=username, kind=Account.Kind.STAFF, is_superuser=True, **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser, PermissionsMixin):
    """What somebody signs in with. Citizens live in the extranet, staff in the intranet."""

    class Kind(models.TextChoices):
        STAFF = "staff", _("Staff")
        CITIZEN = "citizen", _("Citizen")

    class Assurance(models.IntegerChoices):
        """How well the person behind the account is known."""

        DECLARED = 1, _("Declared by the person")
        CHECKED = 2, _("Checked against a register")
        PRESENT = 3, _("Checked face to face")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(_("user name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="accounts")
    email = models.EmailField(_("e-mail address"), blank=True)
    mobile = models.CharField(_("mobile number"), max_length=20, blank=True)
    assurance = models.PositiveSmallIntegerField(_("assurance"), choices=Assurance, default=Assurance.DECLARED)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("created at"), default=timezone.now)

    objects = AccountManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ("username",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(kind="citizen"), name="identity_one_citizen_account_a_person"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def actor_id(self) -> str:
        return f"account:{self.pk}"

    @property
    def is_staff(self) -> bool:
        """Whether Django's own administration opens. It is for the system's keepers, not for every clerk."""
        return self.is_active and self.is_superuser and self.kind == self.Kind.STAFF

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name
